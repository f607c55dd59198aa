{{/*
What the schema cannot say in words a person understands. All findings are collected, so that an
operator repairs the values once and not once for each mistake.
*/}}
{{- define "siegel.validate" -}}
{{- $findings := concat
      (include "siegel.findMissingNames" . | fromJsonArray)
      (include "siegel.findWrongAddresses" . | fromJsonArray)
      (include "siegel.findWrongSettings" . | fromJsonArray)
      (include "siegel.findOpenNetworks" . | fromJsonArray) -}}
{{- if $findings -}}
{{- fail (printf "\n\nDie Werte lassen sich so nicht installieren:\n  - %s\n\nAnleitung: docs/betrieb/kubernetes.md\n" (join "\n  - " $findings)) -}}
{{- end -}}
{{- end -}}

{{- define "siegel.findMissingNames" -}}
{{- $findings := list -}}
{{- if not .Values.image.repository -}}
{{- $findings = append $findings "image.repository fehlt: Adresse des Abbilds ohne Tag, zum Beispiel registry.example.de/fach/brief-und-siegel." -}}
{{- end -}}
{{- range $name, $content := dict
      "database" "der Datenbank-Adresse für siegel_app"
      "databaseOwner" "der Datenbank-Adresse für siegel_owner (Migration)"
      "databaseDispatcher" "der Datenbank-Adresse für siegel_dispatcher"
      "redis" "der Redis-Adresse"
      "application" "Sitzungs- und Hauptschlüssel"
      "s3" "den Zugangsschlüsseln des Objektspeichers" -}}
{{- if not (index $.Values.secrets $name).existingSecret -}}
{{- $findings = append $findings (printf "secrets.%s.existingSecret fehlt: Name des vorhandenen Secrets mit %s." $name $content) -}}
{{- end -}}
{{- end -}}
{{- if not .Values.s3.bucket -}}
{{- $findings = append $findings "s3.bucket fehlt: Name des vorhandenen Buckets mit Versionierung." -}}
{{- end -}}
{{- if .Values.ingress.enabled -}}
{{- if not .Values.ingress.className -}}
{{- $findings = append $findings "ingress.className fehlt: Name der IngressClass (kubectl get ingressclass); ohne Ingress: ingress.enabled=false." -}}
{{- end -}}
{{- if not .Values.ingress.tlsSecret -}}
{{- $findings = append $findings "ingress.tlsSecret fehlt: Secret der Art kubernetes.io/tls. Unverschlüsselt wird nicht ausgeliefert." -}}
{{- end -}}
{{- end -}}
{{- toJson $findings -}}
{{- end -}}

{{- define "siegel.findWrongAddresses" -}}
{{- $findings := list -}}
{{- if not (regexMatch "^https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]+)?/?$" .Values.publicUrl) -}}
{{- $findings = append $findings (printf "publicUrl ist %q: erwartet wird https:// und ein Name ohne Pfad, zum Beispiel https://formulare.example.de." .Values.publicUrl) -}}
{{- end -}}
{{- if not (regexMatch "^[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?(:[0-9]+)?$" .Values.s3.endpoint) -}}
{{- $findings = append $findings (printf "s3.endpoint ist %q: erwartet wird host oder host:port ohne https:// und ohne Pfad, zum Beispiel s3.example.de:443." .Values.s3.endpoint) -}}
{{- end -}}
{{- if and .Values.uploads.clamd (not (regexMatch "^[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?:[0-9]+$" .Values.uploads.clamd)) -}}
{{- $findings = append $findings (printf "uploads.clamd ist %q: erwartet wird host:port, zum Beispiel clamav.scanner.svc.cluster.local:3310." .Values.uploads.clamd) -}}
{{- end -}}
{{- toJson $findings -}}
{{- end -}}

{{- define "siegel.findWrongSettings" -}}
{{- $findings := list -}}
{{- if eq .Values.image.tag "latest" -}}
{{- $findings = append $findings "image.tag ist \"latest\": bitte eine feste Version nennen, sonst lässt sich weder sagen noch zurückholen, was läuft." -}}
{{- end -}}
{{- $scaling := .Values.web.autoscaling -}}
{{- if and $scaling.enabled (gt (int $scaling.minReplicas) (int $scaling.maxReplicas)) -}}
{{- $findings = append $findings (printf "web.autoscaling.minReplicas (%d) ist größer als maxReplicas (%d)." (int $scaling.minReplicas) (int $scaling.maxReplicas)) -}}
{{- end -}}
{{- if and $scaling.enabled (not .Values.web.resources.requests.cpu) -}}
{{- $findings = append $findings "web.autoscaling braucht web.resources.requests.cpu, weil die Auslastung daran gemessen wird." -}}
{{- end -}}
{{- $profile := .Values.worker.seccompProfile -}}
{{- if and (eq $profile.type "Localhost") (not $profile.localhostProfile) -}}
{{- $findings = append $findings "worker.seccompProfile.localhostProfile fehlt: Pfad des Profils auf dem Knoten." -}}
{{- end -}}
{{- if le (int .Values.background.reclaimSeconds) (int .Values.background.leaseSeconds) -}}
{{- $findings = append $findings (printf "background.reclaimSeconds (%d) muss größer sein als leaseSeconds (%d), sonst wird ein Auftrag verteilt, an dem noch gearbeitet wird." (int .Values.background.reclaimSeconds) (int .Values.background.leaseSeconds)) -}}
{{- end -}}
{{- range .Values.extraEnvironment -}}
{{- if hasPrefix "SIEGEL_" .name -}}
{{- $findings = append $findings (printf "extraEnvironment: %s hat einen eigenen Wert oder keine Bedeutung; die Werte stehen in docs/betrieb/kubernetes.md." .name) -}}
{{- end -}}
{{- if and (hasKey . "value") (regexMatch "(KEY|PASSWORD|SECRET|TOKEN|_URL)$" .name) -}}
{{- $findings = append $findings (printf "extraEnvironment: %s sieht nach einem Geheimnis aus und darf nicht in den Werten stehen; bitte als secretKeyRef angeben." .name) -}}
{{- end -}}
{{- end -}}
{{- toJson $findings -}}
{{- end -}}

{{- define "siegel.findOpenNetworks" -}}
{{- $findings := list -}}
{{- if .Values.networkPolicy.enabled -}}
{{- if not .Values.networkPolicy.ingressFrom -}}
{{- $findings = append $findings "networkPolicy.ingressFrom fehlt: wer web erreichen darf, zum Beispiel der Namespace des Ingress-Controllers." -}}
{{- end -}}
{{- range $name := list "postgresql" "redis" "s3" "dns" -}}
{{- $target := index $.Values.networkPolicy $name -}}
{{- if not $target.to -}}
{{- $findings = append $findings (printf "networkPolicy.%s.to fehlt: Ziel als ipBlock oder Selektor; ohne Ziel erreicht die Anwendung den Dienst nicht." $name) -}}
{{- end -}}
{{- range $target.to -}}
{{- if and .ipBlock (has .ipBlock.cidr (list "0.0.0.0/0" "::/0")) -}}
{{- $findings = append $findings (printf "networkPolicy.%s.to öffnet das ganze Netz (%s): bitte nur die Adressen des Dienstes nennen." $name .ipBlock.cidr) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and .Values.networkPolicy.enabled .Values.uploads.clamd (not .Values.networkPolicy.clamd.to) -}}
{{- $findings = append $findings "networkPolicy.clamd.to fehlt: Ziel als ipBlock oder Selektor; ohne Ziel bleibt jede Datei in Quarantäne." -}}
{{- end -}}
{{- range .Values.networkPolicy.webhooks.to -}}
{{- if and .ipBlock (has .ipBlock.cidr (list "0.0.0.0/0" "::/0")) (not .ipBlock.except) -}}
{{- $findings = append $findings (printf "networkPolicy.webhooks.to öffnet auch die eigenen Netze (%s): bitte unter except nennen." .ipBlock.cidr) -}}
{{- end -}}
{{- end -}}
{{- toJson $findings -}}
{{- end -}}
