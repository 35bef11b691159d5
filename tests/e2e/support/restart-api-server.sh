#!/usr/bin/env bash
# Kills the API server of a cluster that ../shared/cluster has started on this machine, and starts it as it was; etcd goes
# on. For E2E_RESTART_API_SERVER. Ends when the API server is ready again.
set -euo pipefail
state=${CLUSTER_STATE:-/var/lib/chat-cluster}
file=$state/run/kube-apiserver.pid
pid=$(cat "$file")
program=$(readlink "/proc/$pid/exe")
mapfile -d '' -t arguments <"/proc/$pid/cmdline"
kill -9 "$pid"
while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
setsid "$program" "${arguments[@]:1}" >>"$state/log/kube-apiserver.log" 2>&1 </dev/null &
echo $! >"$file"
for _ in $(seq 120); do
  kubectl --kubeconfig "$state/admin.kubeconfig" get --raw /readyz >/dev/null 2>&1 && exit 0
  sleep 0.25
done
echo "the API server is not ready after 30 s: $state/log/kube-apiserver.log" >&2
exit 1
