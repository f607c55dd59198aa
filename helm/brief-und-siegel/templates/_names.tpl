{{/* Name shared by all objects of the release. */}}
{{- define "siegel.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 48 | trimSuffix "-" -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 48 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 48 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Labels that select all pods of the release; they never change between versions. */}}
{{- define "siegel.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* Labels that select one component: (dict "root" $ "component" "web"). */}}
{{- define "siegel.componentSelector" -}}
{{ include "siegel.selector" .root }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* Labels of an object of one component. */}}
{{- define "siegel.labels" -}}
{{ include "siegel.componentSelector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: brief-und-siegel
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* Image reference; a digest pins the content whatever the tag says. */}}
{{- define "siegel.image" -}}
{{- $reference := printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" $reference .Values.image.digest -}}
{{- else -}}
{{- $reference -}}
{{- end -}}
{{- end -}}

{{/*
Host name of the public address; the one source for Ingress and probes. No urlParse: it stops at
a malformed address before the validation could explain it.
*/}}
{{- define "siegel.publicHost" -}}
{{- .Values.publicUrl | trimPrefix "https://" | regexFind "^[a-z0-9.-]+" -}}
{{- end -}}
