package netpolicy

import (
	"net/netip"
	"slices"
	"testing"
)

func spans(t *testing.T, cidrs ...string) []span {
	t.Helper()
	var out []span
	for _, c := range cidrs {
		p, err := netip.ParsePrefix(c)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, addressesOf(p))
	}
	return out
}

func TestMerged(t *testing.T) {
	for _, c := range []struct{ in, want []span }{
		{nil, nil},
		{[]span{{5, 9}, {1, 2}}, []span{{1, 2}, {5, 9}}},
		{[]span{{1, 4}, {5, 9}}, []span{{1, 9}}},
		{[]span{{1, 9}, {3, 4}, {9, 12}}, []span{{1, 12}}},
		{[]span{everyAddress, {7, 8}}, []span{everyAddress}},
		{[]span{{1<<32 - 1, 1<<32 - 1}, {0, 0}}, []span{{0, 0}, {1<<32 - 1, 1<<32 - 1}}},
	} {
		if got := merged(c.in); !slices.Equal(got, c.want) {
			t.Errorf("%v: %v, want %v", c.in, got, c.want)
		}
	}
}

func TestWithout(t *testing.T) {
	for _, c := range []struct {
		cidr  string
		holes []string
		want  string
	}{
		{"10.0.0.0/24", nil, "10.0.0.0-10.0.0.255"},
		{"10.0.0.0/24", []string{"10.0.0.0/25"}, "10.0.0.128-10.0.0.255"},
		{"10.0.0.0/24", []string{"10.0.0.64/26"}, "{ 10.0.0.0-10.0.0.63, 10.0.0.128-10.0.0.255 }"},
		{"10.0.0.0/24", []string{"10.0.0.255/32", "10.0.0.128/25", "10.1.0.0/16"}, "10.0.0.0-10.0.0.127"},
		{"10.0.0.0/31", []string{"10.0.0.1/32"}, "10.0.0.0"},
		{"10.0.0.0/24", []string{"10.0.0.0/8"}, "{  }"},
		{"0.0.0.0/0", []string{"255.255.255.255/32", "0.0.0.0/1"}, "128.0.0.0-255.255.255.254"},
	} {
		if got := literal(without(spans(t, c.cidr)[0], spans(t, c.holes...)), address); got != c.want {
			t.Errorf("%s without %v: %s, want %s", c.cidr, c.holes, got, c.want)
		}
	}
}
