{{/* The operator's name, and of all its objects but the cluster-wide ones. */}}
{{- define "nexus.operator" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $release := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- printf "%s-operator" ($release | trunc 54 | trimSuffix "-") -}}
{{- end -}}
{{- end -}}

{{/* Cluster-wide objects carry the namespace, so that releases of one name in two namespaces do not collide. */}}
{{- define "nexus.clusterWide" -}}
{{- printf "%s:%s" .Release.Namespace (include "nexus.operator" .) -}}
{{- end -}}

{{- define "nexus.serviceAccount" -}}
{{- .Values.operator.serviceAccount.name | default (ternary (include "nexus.operator" .) "default" .Values.operator.serviceAccount.create) -}}
{{- end -}}

{{- define "nexus.selector" -}}
app.kubernetes.io/name: nexus
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: operator
{{- end -}}

{{- define "nexus.commonLabels" -}}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: nexus
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "nexus.labels" -}}
{{ include "nexus.selector" . }}
{{ include "nexus.commonLabels" . }}
{{- end -}}

{{- define "nexus.image" -}}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}

{{- define "nexus.dataImage" -}}
{{- printf "%s:%s" .Values.dataImage.repository (.Values.dataImage.tag | default .Chart.AppVersion) -}}
{{- end -}}

{{/* The namespace whose chat clusters are run; empty: all. */}}
{{- define "nexus.watchNamespace" -}}
{{- if ne .Values.operator.watchNamespace "*" -}}
{{- .Values.operator.watchNamespace | default .Release.Namespace -}}
{{- end -}}
{{- end -}}

{{/* The name of the release's chat cluster. */}}
{{- define "nexus.cluster" -}}
{{- $name := .Values.cluster.name | default .Release.Name -}}
{{- if gt (len $name) 40 -}}
{{- fail (printf "the chat cluster's name %q has more than 40 characters: set cluster.name to a shorter one" $name) -}}
{{- end -}}
{{- $name -}}
{{- end -}}

{{/* The chat cluster's spec: as given, with the chart's pull secrets where it names none. */}}
{{- define "nexus.clusterSpec" -}}
{{- $spec := deepCopy (.Values.cluster.spec | default dict) -}}
{{- with .Values.image.pullSecrets -}}
{{- $given := dict "image" (dict "pullSecrets" .) -}}
{{- $spec = mergeOverwrite $given $spec -}}
{{- end -}}
{{- toYaml $spec -}}
{{- end -}}

{{/* Pod Security "restricted", for pods and for containers. */}}
{{- define "nexus.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "nexus.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* Whether PodMonitors are wanted and there. */}}
{{- define "nexus.podMonitor" -}}
{{- $mode := .Values.operator.podMonitor.mode -}}
{{- if or (eq $mode "enabled") (and (eq $mode "auto") (.Capabilities.APIVersions.Has "monitoring.coreos.com/v1/PodMonitor")) -}}true{{- end -}}
{{- end -}}

{{/* Whether dashboards are wanted: by themselves where a Prometheus operator is, which rarely comes without Grafana. */}}
{{- define "nexus.dashboards" -}}
{{- $mode := .Values.dashboards.mode -}}
{{- if or (eq $mode "enabled") (and (eq $mode "auto") (.Capabilities.APIVersions.Has "monitoring.coreos.com/v1/PodMonitor")) -}}true{{- end -}}
{{- end -}}

{{/* Whether PrometheusRules are wanted and there. */}}
{{- define "nexus.alerts" -}}
{{- $mode := .Values.alerts.mode -}}
{{- if or (eq $mode "enabled") (and (eq $mode "auto") (.Capabilities.APIVersions.Has "monitoring.coreos.com/v1/PrometheusRule")) -}}true{{- end -}}
{{- end -}}
