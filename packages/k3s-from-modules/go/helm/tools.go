//go:build tools

// Package tools pins Helm, which the tests run against the cluster; it is no part of the build. The modules that it
// shares with ../k3s have the same versions, so that little of it has to be compiled.
package tools

import _ "helm.sh/helm/v3/cmd/helm"
