package netpolicy

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestNftThatDoesNotDo(t *testing.T) {
	for _, c := range []struct{ program, want string }{
		{"", "nft is missing on this node: network policies need it. Install the package nftables"},
		{"echo 'nftables v0.9.8 (E.D.S.)'", "network policies need nft newer than 1.0.0 on this node, seen nftables v0.9.8 (E.D.S.). "},
		{"echo 'nftables v1.0.0 (Fearless Fosdick #2)'", "newer than 1.0.0 on this node, seen nftables v1.0.0 (Fearless Fosdick #2). "},
		{"[ $1 = --version ] && echo 'nftables v1.0.6 (Lester Gooch #5)' && exit; echo 'cache initialization failed' >&2; exit 1",
			"network policies need nftables to work on this node: could not run nftables command: "},
	} {
		dir := t.TempDir()
		if c.program != "" {
			if err := os.WriteFile(filepath.Join(dir, "nft"), []byte("#!/bin/sh\n"+c.program+"\n"), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		t.Setenv("PATH", dir)
		_, err := Open()
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "disable-network-policy") {
			t.Errorf("%v, want %q", err, c.want)
		}
		if err != nil && c.program != "" && strings.Contains(err.Error(), "Install") {
			t.Errorf("it is installed: %v", err)
		}
	}
}
