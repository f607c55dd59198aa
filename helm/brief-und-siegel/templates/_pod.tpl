{{/*
Parts of every pod. The root file system is read-only, so what a process must write lies in two
empty directories that vanish with the pod.
*/}}

{{/* Pod-level fields: (dict "root" $ "component" "web" "settings" .Values.web). */}}
{{- define "siegel.podSettings" -}}
automountServiceAccountToken: false
# Service links would add variables named after the release, such as SIEGEL_PORT.
enableServiceLinks: false
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . | quote }}
  {{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    {{- $profile := .settings.seccompProfile | default dict }}
    type: {{ $profile.type | default "RuntimeDefault" }}
    {{- if eq ($profile.type | default "") "Localhost" }}
    localhostProfile: {{ $profile.localhostProfile | quote }}
    {{- end }}
{{- with .settings.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .settings.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
volumes:
  - name: temporary
    emptyDir:
      {{- include "siegel.emptyDirectory" .settings.workDirectory | nindent 6 }}
  - name: work
    emptyDir:
      {{- include "siegel.emptyDirectory" .settings.workDirectory | nindent 6 }}
  {{- if .root.Values.certificateAuthority.existingConfigMap }}
  - name: certificate-authority
    configMap:
      name: {{ .root.Values.certificateAuthority.existingConfigMap | quote }}
      items:
        - key: {{ .root.Values.certificateAuthority.key | quote }}
          path: ca.crt
  {{- end }}
{{- end -}}

{{- define "siegel.emptyDirectory" -}}
sizeLimit: {{ .sizeLimit | quote }}
{{- with .medium }}
medium: {{ . }}
{{- end }}
{{- end -}}

{{/* Spread the pods of one revision, so that a rolling update does not count the old ones. */}}
{{- define "siegel.topologySpread" -}}
{{- $context := . -}}
{{- with .root.Values.topologySpread.topologyKeys -}}
topologySpreadConstraints:
  {{- range . }}
  - maxSkew: 1
    topologyKey: {{ . | quote }}
    whenUnsatisfiable: {{ $context.root.Values.topologySpread.whenUnsatisfiable }}
    labelSelector:
      matchLabels:
        {{- include "siegel.componentSelector" $context | nindent 8 }}
    matchLabelKeys:
      - pod-template-hash
  {{- end }}
{{- end -}}
{{- end -}}

{{/* Container fields shared by all components. */}}
{{- define "siegel.containerSettings" -}}
image: {{ include "siegel.image" .root | quote }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  privileged: false
  readOnlyRootFilesystem: true
  capabilities:
    drop:
      - ALL
env:
  {{- include "siegel.environment" . | nindent 2 }}
resources:
  {{- toYaml .settings.resources | nindent 2 }}
volumeMounts:
  - name: temporary
    mountPath: /tmp
  - name: work
    mountPath: /var/lib/siegel
  {{- if .root.Values.certificateAuthority.existingConfigMap }}
  - name: certificate-authority
    mountPath: /etc/siegel/ca
    readOnly: true
  {{- end }}
{{- end -}}

{{/* Probes of a component without a port: it reports on itself through its command. */}}
{{- define "siegel.commandProbes" -}}
startupProbe:
  exec:
    command: ["siegel", "health", {{ .component | quote }}]
  periodSeconds: 5
  timeoutSeconds: 15
  failureThreshold: 24
livenessProbe:
  exec:
    command: ["siegel", "health", {{ .component | quote }}]
  periodSeconds: 60
  timeoutSeconds: 15
  failureThreshold: 3
readinessProbe:
  exec:
    command: ["siegel", "health", {{ .component | quote }}]
  periodSeconds: 60
  timeoutSeconds: 15
  failureThreshold: 2
{{- end -}}
