#!/usr/bin/env bash
# Builds the programs of a Kubernetes control plane from their Go modules.
# Usage: build.sh BIN_DIR PROGRAM…     (PROGRAM: kube-apiserver kube-controller-manager kube-scheduler etcd kwok gojq)
# The versions come from versions.json beside this file. From nothing it takes 7 to 15 minutes on 2 cores.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
version() { sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p" "$here/versions.json"; }
kube=$(version kubernetes) etcd=$(version etcd) kwok=$(version kwok) gojq=$(version gojq) go=$(version go)
mkdir -p "$1"
bin=$(cd "$1" && pwd)
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CGO_ENABLED=0 GOFLAGS=-trimpath GOMAXPROCS=${GOMAXPROCS:-2}

begin() { mkdir -p "$work/$1"; cd "$work/$1"; printf 'module lab\ngo %s.0\n' "$go" >go.mod; }
# A program stands under its own name only when it is whole.
put() { mv "$work/made/$1" "$bin/$1"; echo "built $1"; }
mkdir -p "$work/made"

# What a download prints is of interest only when it fails.
quietly() {
  local code=0
  "$@" >"$work/log" 2>&1 || code=$?
  [ "$code" -eq 0 ] || cat "$work/log" >&2
  return "$code"
}

begin_kubernetes() {
  begin kubernetes
  local mod
  mod=$(go mod download -json "k8s.io/kubernetes@v$kube" | sed -n 's/.*"GoMod": "\(.*\)",/\1/p')
  {
    printf 'require k8s.io/kubernetes v%s\ntool (\n' "$kube"
    for name in kube-apiserver kube-controller-manager kube-scheduler; do echo "k8s.io/kubernetes/cmd/$name"; done
    # k8s.io/kubernetes replaces its staging modules by local folders; each is published as v0.x of the same release.
    printf ')\nreplace (\n'
    sed -n "s#^\s*\(k8s.io/[a-z-]*\) => ./staging.*#\1 => \1 v0.${kube#1.}#p" "$mod"
    echo ')'
  } >>go.mod
  quietly go mod tidy
}

for program in "$@"; do
  case $program in
  kube-*)
    [ -d "$work/kubernetes" ] || begin_kubernetes
    cd "$work/kubernetes"
    at=k8s.io/component-base/version
    go build -ldflags="-s -w -X $at.gitVersion=v$kube -X $at.gitMajor=1 -X $at.gitMinor=$(cut -d. -f2 <<<"$kube")" \
      -o "$work/made/" "k8s.io/kubernetes/cmd/$program"
    ;;
  etcd)
    begin etcd
    quietly go get -tool "go.etcd.io/etcd/server/v3@v$etcd"
    go build -ldflags='-s -w' -o "$work/made/etcd" go.etcd.io/etcd/server/v3
    ;;
  kwok)
    begin kwok
    quietly go get -tool "sigs.k8s.io/kwok/cmd/kwok@v$kwok"
    go build -ldflags='-s -w' -o "$work/made/kwok" sigs.k8s.io/kwok/cmd/kwok
    ;;
  gojq)
    begin gojq
    quietly go get -tool "github.com/itchyny/gojq/cmd/gojq@v$gojq"
    go build -ldflags='-s -w' -o "$work/made/gojq" github.com/itchyny/gojq/cmd/gojq
    ;;
  *)
    echo "no program $program" >&2
    exit 2
    ;;
  esac
  put "$program"
done
