#!/usr/bin/env bash
# Two hosts on this machine, made of network namespaces with a cable between them, and one rank of
# MPI on each: `make hosts`. The package must have been installed with MPI, by Open MPI.
#   tools/trust/hosts.sh                   trains on both, and compares with one process
#   tools/trust/hosts.sh SCRIPT ARGUMENT   runs an R script as two ranks
# RATE=1gbit and DELAY=0.2ms are those of the cable. Needs root and iproute2, and removes the hosts
# at the end. Where the kernel cannot delay packets (netem), only the rate is limited (tbf).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

rate=${RATE:-1gbit}
delay=${DELAY:-0.2ms}
folder=$(mktemp -d)
hosts=(ffhost1 ffhost2)

main() {
  trap remove_hosts EXIT
  make_hosts
  write_agent
  if [[ $# -gt 0 ]]; then
    run_ranks "$@"
  else
    compare
  fi
}

make_hosts() {
  local k
  ip link add ffhost1-0 type veth peer name ffhost2-0
  for k in 0 1; do
    ip netns add "${hosts[k]}"
    ip link set "${hosts[k]}-0" netns "${hosts[k]}"
    on_host "${hosts[k]}" ip address add "10.77.0.$((k + 1))/24" dev "${hosts[k]}-0"
    on_host "${hosts[k]}" ip link set lo up
    on_host "${hosts[k]}" ip link set "${hosts[k]}-0" up
    limit "${hosts[k]}"
  done
}

limit() {
  if on_host "$1" tc qdisc add dev "$1-0" root netem delay "$delay" rate "$rate" 2> /dev/null; then
    echo "$1: $rate, $delay"
  else
    on_host "$1" tc qdisc add dev "$1-0" root tbf rate "$rate" burst 128kb latency 50ms
    echo "$1: $rate, no delay"
  fi
}

# A host has a name and a network of its own, and the files of this machine.
on_host() {
  local host=$1
  shift
  ip netns exec "$host" unshare --uts sh -c 'hostname "$0" && exec "$@"' "$host" "$@"
}

# What MPI runs in place of ssh: agent HOST COMMAND...
write_agent() {
  {
    echo '#!/usr/bin/env bash'
    declare -f on_host
    echo 'host=$1; shift; on_host "$host" sh -c "$*"'
  } > "$folder/agent"
  chmod +x "$folder/agent"
}

# Each host would bind its rank to the first core of this machine.
run_ranks() {
  on_host ffhost1 env OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 \
    OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}" \
    mpirun --host ffhost1,ffhost2 -n 2 --bind-to none --mca plm_rsh_agent "$folder/agent" --mca btl tcp,self \
    --mca btl_tcp_if_include 10.77.0.0/24 --mca oob_tcp_if_include 10.77.0.0/24 \
    -x R_LIBS Rscript --vanilla "$@"
}

compare() {
  run_ranks tests/mpi/scenes.R agree "$folder"
  mv "$folder/agree-2-0.rds" "$folder/hosts.rds"
  OMP_NUM_THREADS=1 Rscript --vanilla tests/mpi/scenes.R agree "$folder"
  Rscript --vanilla -e '
    folder <- commandArgs(TRUE)
    read <- function(name) unlist(lapply(readRDS(file.path(folder, name))$double, `[[`, "parameters"))
    apart <- max(abs(read("hosts.rds") - read("agree-1-0.rds")))
    cat("Weights from two hosts and one process differ by at most", apart, "\n")
    quit(status = as.integer(apart > 1e-12))' "$folder"
}

remove_hosts() {
  # With its namespace, a cable goes, too.
  for host in "${hosts[@]}"; do ip netns del "$host" 2> /dev/null || true; done
  ip link del ffhost1-0 2> /dev/null || true
  rm -rf "$folder"
}

main "$@"
