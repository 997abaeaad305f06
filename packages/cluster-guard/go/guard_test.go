package main

import (
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/google/nftables"
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

func TestParse(t *testing.T) {
	cidrs, err := parse([]string{"10.43.7.1/16", "fd00:43::/112"})
	if err != nil || fmt.Sprint(cidrs) != "[10.43.0.0/16 fd00:43::/112]" {
		t.Errorf("parsed %v, %v", cidrs, err)
	}
	for _, wrong := range [][]string{nil, {"10.43.0.0"}, {"0.0.0.0/0"}, {"10.43.0.0/33"}} {
		if cidrs, err := parse(wrong); err == nil {
			t.Errorf("%q became %v", wrong, cidrs)
		}
	}
}

func TestConcerns(t *testing.T) {
	message := func(subsystem, kind int, name string) netlink.Message {
		attributes, err := netlink.MarshalAttributes([]netlink.Attribute{{Type: unix.NFTA_TABLE_NAME, Data: append([]byte(name), 0)}})
		if err != nil {
			t.Fatal(err)
		}
		header := netlink.Header{Type: netlink.HeaderType(subsystem<<8 | kind)}
		return netlink.Message{Header: header, Data: append([]byte{unix.NFPROTO_INET, 0, 0, 0}, attributes...)}
	}
	for _, c := range []struct {
		subsystem, kind int
		name            string
		want            bool
	}{
		{unix.NFNL_SUBSYS_NFTABLES, unix.NFT_MSG_DELTABLE, tableName, true},
		{unix.NFNL_SUBSYS_NFTABLES, unix.NFT_MSG_NEWRULE, tableName, true},
		{unix.NFNL_SUBSYS_NFTABLES, unix.NFT_MSG_NEWRULE, "kube-proxy", false},
		{unix.NFNL_SUBSYS_NFTABLES, unix.NFT_MSG_NEWGEN, tableName, false},
		{unix.NFNL_SUBSYS_CTNETLINK, unix.NFT_MSG_NEWRULE, tableName, false},
	} {
		other := message(unix.NFNL_SUBSYS_NFTABLES, unix.NFT_MSG_NEWRULE, "another")
		if got := concerns([]netlink.Message{other, message(c.subsystem, c.kind, c.name)}, tableName); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
	if concerns([]netlink.Message{{Header: netlink.Header{Type: unix.NFNL_SUBSYS_NFTABLES << 8}}}, tableName) {
		t.Error("a message without a body concerns nobody")
	}
}

func TestExplain(t *testing.T) {
	for err, said := range map[error]string{
		syscall.EPERM: "NET_ADMIN is needed", syscall.ENOENT: "lacks a part", syscall.EINVAL: "this kernel has no nf_tables", syscall.ENOMEM: "cannot allocate memory",
	} {
		if got := explain(fmt.Errorf("netlink receive: %w", err)).Error(); !strings.Contains(got, said) {
			t.Errorf("%v: %s", err, got)
		}
	}
}

func TestNews(t *testing.T) {
	refused := explain(syscall.EPERM).Error()
	for _, c := range []struct {
		last string
		put  bool
		err  error
		want string
	}{
		{"", true, nil, "the guard is in place"},
		{"the guard is in place", true, nil, "the guard is in place"},
		{"", false, nil, ""},
		{"", false, syscall.EPERM, refused},
		{refused, false, syscall.EPERM, ""},
	} {
		if got := news(c.last, c.put, c.err); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

// The behaviour of the rules is tested by ../test/program.root.test.ts; this is about what is taken for a guard.
func TestTable(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root, for a network of its own")
	}
	runtime.LockOSThread() // Never unlocked: the thread ends with the test, and its network with it.
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		t.Fatal(err)
	}
	cidrs := []netip.Prefix{netip.MustParsePrefix("10.43.0.0/16"), netip.MustParsePrefix("10.96.0.0/12"), netip.MustParsePrefix("fd00:43::/112")}
	stands := func(want bool, cidrs []netip.Prefix) {
		t.Helper()
		if got, _, err := standing(cidrs); err != nil || got != want {
			t.Fatalf("stands: %v, %v", got, err)
		}
	}
	put := func(want bool) {
		t.Helper()
		if got, err := ensure(cidrs); err != nil || got != want {
			t.Fatalf("put: %v, %v", got, err)
		}
		stands(true, cidrs)
	}
	stands(false, cidrs)
	put(true)
	put(false)
	stands(false, cidrs[:2])
	stands(false, append([]netip.Prefix{netip.MustParsePrefix("10.44.0.0/16")}, cidrs[1:]...))
	for name, disturb := range map[string]func(*nftables.Conn){
		"another rule": func(c *nftables.Conn) {
			c.AddRule(&nftables.Rule{Table: table, Chain: &nftables.Chain{Name: "forward"}})
		},
		"no rules":      func(c *nftables.Conn) { c.FlushTable(table) },
		"another chain": func(c *nftables.Conn) { c.AddChain(&nftables.Chain{Name: "more", Table: table}) },
		"no table":      func(c *nftables.Conn) { c.DelTable(table) },
	} {
		c, err := nftables.New()
		if err != nil {
			t.Fatal(err)
		}
		disturb(c)
		if err := c.Flush(); err != nil {
			t.Fatal(name, err)
		}
		stands(false, cidrs)
		put(true)
	}
	if err := clean(); err == nil {
		t.Error("clean while the guard stands")
	}
	for range 2 { // What is not there need not be removed.
		if err := remove(); err != nil {
			t.Fatal(err)
		}
	}
	if err := clean(); err != nil {
		t.Error(err)
	}
}
