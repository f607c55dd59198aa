{{/* Egress rules to named services: (list $ "dns" "postgresql" …). */}}
{{- define "siegel.egressTo" -}}
{{- $root := first . -}}
{{- range $name := rest . }}
{{- $target := index $root.Values.networkPolicy $name }}
# {{ $name }}
- to:
    {{- toYaml $target.to | nindent 4 }}
  ports:
    - protocol: TCP
      port: {{ $target.port }}
    {{- if eq $name "dns" }}
    - protocol: UDP
      port: {{ $target.port }}
    {{- end }}
{{- end }}
{{- end -}}
