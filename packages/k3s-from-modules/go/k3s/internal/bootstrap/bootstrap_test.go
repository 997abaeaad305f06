package bootstrap

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"strings"
	"testing"

	"k3s-lab/k3s/internal/layout"
)

func bundle() Bundle {
	b := Bundle{}
	for _, name := range names {
		b[name] = []byte("content of " + name)
	}
	return b
}

func TestOnlyTheTokenOpensABundle(t *testing.T) {
	sealed, err := bundle().Seal("secret")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, []byte("content of")) {
		t.Error("it can be read")
	}
	opened, err := Open("secret", sealed)
	if err != nil || !maps.EqualFunc(opened, bundle(), bytes.Equal) {
		t.Error(opened, err)
	}
	if _, err := Open("other", sealed); !errors.Is(err, ErrOtherToken) {
		t.Error(err)
	}
	sealed[len(sealed)-1] ^= 1
	if _, err := Open("secret", sealed); err == nil {
		t.Error("a changed bundle is opened")
	}
	if _, err := Open("secret", sealed[:3]); err == nil {
		t.Error("a part of a bundle is opened")
	}
}

func TestFilesThatAreThereStayAndOthersAreRefused(t *testing.T) {
	data := layout.Data(t.TempDir())
	if err := (Bundle{"server-ca.crt": []byte("content of server-ca.crt")}).Write(data); err != nil {
		t.Fatal(err)
	}
	if err := bundle().Write(data); err != nil {
		t.Fatal(err)
	}
	read, err := Read(data)
	if err != nil || !maps.EqualFunc(read, bundle(), bytes.Equal) {
		t.Error(read, err)
	}
	if info, err := os.Stat(data.TLS("etcd/peer-ca.key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info, err)
	}
	other := bundle()
	other["service.key"] = []byte("another")
	if err := other.Write(data); err == nil || !strings.Contains(err.Error(), data.TLS("service.key")+" is of another cluster") {
		t.Error(err)
	}
	if read, _ := Read(data); !bytes.Equal(read["service.key"], bundle()["service.key"]) {
		t.Error("it was written all the same")
	}
	if err := (Bundle{"../../../etc/passwd": nil}).Write(data); err == nil {
		t.Error("a file elsewhere is written")
	}
}
