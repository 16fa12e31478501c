{{- define "headgate.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "headgate.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* A name with something at its end, within the 63 characters that a Service may have. */}}
{{- define "headgate.suffixed" -}}
{{- $room := int (sub 62 (len .suffix)) -}}
{{- printf "%s-%s" (include "headgate.fullname" .root | trunc $room | trimSuffix "-") .suffix -}}
{{- end -}}

{{/*
The name of what is not in the release's namespace. A namespace has no dot in its name, so no two releases have one in common.
*/}}
{{- define "headgate.clusterName" -}}
{{- printf "%s.%s" .Release.Namespace (include "headgate.fullname" .) -}}
{{- end -}}

{{/* A label value has 63 characters at most: what is longer is cut, and a hash of the whole makes it unique again. */}}
{{- define "headgate.instance" -}}
{{- $own := printf "%s.%s" .Release.Namespace .Release.Name -}}
{{- if .Values.operator.instance -}}
{{- .Values.operator.instance -}}
{{- else if le (len $own) 63 -}}
{{- $own -}}
{{- else -}}
{{- printf "%s-%s" ($own | trunc 50 | trimAll "-.") (sha256sum $own | trunc 12) -}}
{{- end -}}
{{- end -}}

{{- define "headgate.leaseName" -}}
{{- include "headgate.suffixed" (dict "root" . "suffix" "operator") -}}
{{- end -}}

{{- define "headgate.viewsName" -}}
{{- include "headgate.suffixed" (dict "root" . "suffix" "views") -}}
{{- end -}}

{{- define "headgate.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "headgate.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "headgate.proxyName" -}}
{{- include "headgate.suffixed" (dict "root" . "suffix" "proxy") -}}
{{- end -}}

{{- define "headgate.proxyServiceAccountName" -}}
{{- if .Values.proxy.serviceAccount.create -}}
{{- default (include "headgate.proxyName" .) .Values.proxy.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.proxy.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "headgate.selector" -}}
app.kubernetes.io/name: {{ include "headgate.name" .root | quote }}
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
app.kubernetes.io/component: {{ .component | quote }}
{{- end -}}

{{- define "headgate.labels" -}}
{{ include "headgate.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service | quote }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" | quote }}
{{- end -}}

{{- define "headgate.image" -}}
{{- if hasSuffix "comet-ml/envoy-router" .Values.image.repository -}}
{{- fail (printf "image.repository is %s, the image of the original operator: this chart runs Headgate's own (see docs/guides/install.md)" .Values.image.repository) -}}
{{- end -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}

{{- define "headgate.gatewayName" -}}
{{- default .Values.gateway.name .Values.operator.gatewayName -}}
{{- end -}}

{{- define "headgate.controllerName" -}}
{{- if .Values.gateway.controllerName -}}
{{- .Values.gateway.controllerName -}}
{{- else if .Values.proxy.enabled -}}
{{- .Values.proxy.controllerName -}}
{{- else -}}
gateway.envoyproxy.io/gatewayclass-controller
{{- end -}}
{{- end -}}

{{/* The only namespace that is served; empty: all of them. */}}
{{- define "headgate.watchNamespace" -}}
{{- $named := default "" .Values.operator.watchNamespace -}}
{{- if .Values.operator.watchReleaseNamespace -}}
{{- if and $named (ne $named .Release.Namespace) -}}
{{- fail (printf "operator.watchNamespace is %s, but operator.watchReleaseNamespace asks for %s: set one of them" $named .Release.Namespace) -}}
{{- end -}}
{{- .Release.Namespace -}}
{{- else -}}
{{- $named -}}
{{- end -}}
{{- end -}}

{{/* Where the proxy binds a Gateway's port. */}}
{{- define "headgate.proxyPort" -}}
{{- $port := int .Values.gateway.port -}}
{{- if lt $port 1024 -}}
{{- add $port (int .Values.proxy.portOffset) -}}
{{- else -}}
{{- $port -}}
{{- end -}}
{{- end -}}
