package token

import (
	"strings"
	"testing"
)

func TestFormatAndParse(t *testing.T) {
	s := Format([]byte("the CA"), "node", "a:secret")
	got, err := Parse(s + "\n")
	if err != nil {
		t.Fatal(err)
	}
	if want := (Token{CAHash: Hash([]byte("the CA")), User: "node", Password: "a:secret"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestParseShort(t *testing.T) {
	if got, err := Parse("secret"); err != nil || got != (Token{Password: "secret"}) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestBootstrapToken(t *testing.T) {
	const bootstrap = "abcdef.0123456789abcdef"
	for _, s := range []string{bootstrap, FormatBootstrap([]byte("the CA"), bootstrap)} {
		got, err := Parse(s)
		if err != nil || got.Password != bootstrap || got.User != "" || !got.Bootstrap() {
			t.Errorf("%s: %+v, %v", s, got, err)
		}
	}
	if got, err := Parse(FormatBootstrap([]byte("the CA"), bootstrap)); err != nil || got.CAHash != Hash([]byte("the CA")) {
		t.Errorf("%+v, %v", got, err)
	}
	if (Token{Password: "abcdef.short"}).Bootstrap() {
		t.Error("a password was taken for a bootstrap token")
	}
}

func TestParseRefuses(t *testing.T) {
	hash := strings.Repeat("ab", 32)
	for _, s := range []string{"", " \n", "K10", "K10abc::node:x", "K10" + hash, "K10" + hash + "::node", "K10" + hash + "::node:", "K10" + hash + "::abcdef.short", "K10" + strings.Repeat("zz", 32) + "::node:x"} {
		if got, err := Parse(s); err == nil {
			t.Errorf("Parse(%q) = %+v", s, got)
		}
	}
}

func TestGenerateDiffers(t *testing.T) {
	if a, b := Generate(), Generate(); a == b || len(a) != 32 {
		t.Errorf("%q, %q", a, b)
	}
}
