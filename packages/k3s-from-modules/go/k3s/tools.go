//go:build tools

package main

// Pins metrics-server: the build takes its main package from this module, so that what it shares with Kubernetes is
// compiled once.
import _ "sigs.k8s.io/metrics-server/cmd/metrics-server"
