{{/* One variable from an existing secret: (list "NAME" "secret" "key"). */}}
{{- define "siegel.secretVariable" -}}
- name: {{ index . 0 }}
  valueFrom:
    secretKeyRef:
      name: {{ index . 1 | quote }}
      key: {{ index . 2 | quote }}
{{- end -}}

{{/*
Environment of one component: what every process needs, then what its own work needs. Web, which
strangers talk to, holds the application's database role alone; nobody but the migration holds the
owner's.
*/}}
{{- define "siegel.environment" -}}
{{- $values := .root.Values -}}
{{- $secrets := $values.secrets -}}
- name: SIEGEL_PUBLIC_URL
  value: {{ $values.publicUrl | trimSuffix "/" | quote }}
- name: SIEGEL_DATA_DIRECTORY
  value: /var/lib/siegel
{{ include "siegel.secretVariable" (list "SIEGEL_DATABASE_URL" $secrets.database.existingSecret $secrets.database.key) }}
{{ include "siegel.secretVariable" (list "SIEGEL_REDIS_URL" $secrets.redis.existingSecret $secrets.redis.key) }}
{{ include "siegel.secretVariable" (list "SIEGEL_SECRET_KEY" $secrets.application.existingSecret $secrets.application.secretKey) }}
{{- if eq .component "web" }}
{{- with $values.signing.hosts }}
- name: SIEGEL_SIGNING_HOSTS
  value: {{ join "," . | quote }}
{{- end }}
- name: SIEGEL_WEB_WORKERS
  value: {{ $values.web.processes | quote }}
- name: SIEGEL_TRUSTED_PROXIES
  value: {{ $values.web.trustedProxies | quote }}
- name: SIEGEL_UPLOAD_MEGABYTES
  value: {{ $values.uploads.megabytes | quote }}
- name: SIEGEL_UPLOAD_FILES
  value: {{ $values.uploads.files | quote }}
{{- if $secrets.metrics.existingSecret }}
{{ include "siegel.secretVariable" (list "SIEGEL_METRICS_TOKEN" $secrets.metrics.existingSecret $secrets.metrics.key) }}
{{- end }}
{{- end }}
{{- if eq .component "worker" }}
- name: SIEGEL_INTEGRITY_MEGABYTES
  value: {{ $values.background.integrityMegabytes | quote }}
- name: SIEGEL_BULK_RUN_DAYS
  value: {{ $values.background.bulkRunDays | quote }}
{{- with $values.timestamps.url }}
- name: SIEGEL_TIMESTAMP_URL
  value: {{ . | quote }}
{{- end }}
{{- with $values.tokens.library }}
- name: SIEGEL_PKCS11_LIBRARY
  value: {{ . | quote }}
{{- end }}
{{- with $values.timestamps.revocationHosts }}
- name: SIEGEL_REVOCATION_HOSTS
  value: {{ join "," . | quote }}
{{- end }}
{{- end }}
{{- if eq .component "web" }}
- name: SIEGEL_BULK_RECIPIENTS
  value: {{ $values.background.bulkRecipients | quote }}
- name: SIEGEL_BULK_RUNS
  value: {{ $values.background.bulkRuns | quote }}
- name: SIEGEL_EXPORT_ROWS
  value: {{ $values.background.exportRows | quote }}
{{- end }}
{{- if eq .component "worker" }}
- name: SIEGEL_CONVERSION_SECONDS
  value: {{ $values.background.conversionSeconds | quote }}
- name: SIEGEL_CONVERSION_DOCUMENTS
  value: {{ $values.background.conversionDocuments | quote }}
- name: SIEGEL_CONVERSION_MEGABYTES
  value: {{ $values.background.conversionMegabytes | quote }}
- name: SIEGEL_LEASE_SECONDS
  value: {{ $values.background.leaseSeconds | quote }}
{{- with $values.uploads.clamd }}
- name: SIEGEL_CLAMD
  value: {{ . | quote }}
{{- end }}
- name: SIEGEL_UPLOAD_UNSCANNED
  value: {{ $values.uploads.unscanned | quote }}
{{- end }}
{{- if and $values.mail.url (has .component (list "web" "worker")) }}
- name: SIEGEL_SMTP_URL
  value: {{ $values.mail.url | quote }}
- name: SIEGEL_MAIL_FROM
  value: {{ required "mail.from fehlt: die Absenderadresse der E-Mails" $values.mail.from | quote }}
{{- if and (eq .component "worker") $secrets.mail.existingSecret }}
{{ include "siegel.secretVariable" (list "SIEGEL_SMTP_USER" $secrets.mail.existingSecret $secrets.mail.userKey) }}
{{ include "siegel.secretVariable" (list "SIEGEL_SMTP_PASSWORD" $secrets.mail.existingSecret $secrets.mail.passwordKey) }}
{{- end }}
{{- end }}
{{- if has .component (list "web" "worker") }}
- name: SIEGEL_WEBHOOK_RECEIVERS
  value: {{ $values.webhooks.receivers | quote }}
{{- end }}
{{- if eq .component "migration" }}
{{ include "siegel.secretVariable" (list "SIEGEL_DATABASE_OWNER_URL" $secrets.databaseOwner.existingSecret $secrets.databaseOwner.key) }}
{{- end }}
{{- if eq .component "dispatcher" }}
{{ include "siegel.secretVariable" (list "SIEGEL_DATABASE_DISPATCHER_URL" $secrets.databaseDispatcher.existingSecret $secrets.databaseDispatcher.key) }}
- name: SIEGEL_TENANT_WINDOW
  value: {{ $values.background.tenantWindow | quote }}
- name: SIEGEL_BULK_WINDOW
  value: {{ $values.background.bulkWindow | quote }}
- name: SIEGEL_RECLAIM_SECONDS
  value: {{ $values.background.reclaimSeconds | quote }}
{{- end }}
{{- if has .component (list "web" "worker") }}
{{ include "siegel.contentVariables" .root }}
{{- end }}
{{- if ne .component "migration" }}
{{- range $values.extraEnvironment }}
{{- if .secretKeyRef }}
{{ include "siegel.secretVariable" (list .name .secretKeyRef.name .secretKeyRef.key) }}
{{- else }}
- name: {{ .name }}
  value: {{ .value | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- if $values.certificateAuthority.existingConfigMap }}
- name: SSL_CERT_FILE
  value: /etc/siegel/ca/ca.crt
- name: PGSSLROOTCERT
  value: /etc/siegel/ca/ca.crt
{{- end }}
{{- end -}}

{{/* Keys to contents: only for the processes that read and write documents. */}}
{{- define "siegel.contentVariables" -}}
{{- $secrets := .Values.secrets -}}
{{ include "siegel.secretVariable" (list "SIEGEL_MASTER_KEY" $secrets.application.existingSecret $secrets.application.masterKey) }}
- name: SIEGEL_STORAGE
  value: s3
- name: SIEGEL_S3_ENDPOINT
  value: {{ .Values.s3.endpoint | quote }}
- name: SIEGEL_S3_BUCKET
  value: {{ .Values.s3.bucket | quote }}
{{- with .Values.s3.region }}
- name: SIEGEL_S3_REGION
  value: {{ . | quote }}
{{- end }}
- name: SIEGEL_S3_SECURE
  value: {{ .Values.s3.secure | quote }}
{{ include "siegel.secretVariable" (list "SIEGEL_S3_ACCESS_KEY" $secrets.s3.existingSecret $secrets.s3.accessKey) }}
{{ include "siegel.secretVariable" (list "SIEGEL_S3_SECRET_KEY" $secrets.s3.existingSecret $secrets.s3.secretKey) }}
{{- end -}}
