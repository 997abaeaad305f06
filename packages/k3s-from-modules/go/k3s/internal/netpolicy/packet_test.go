package netpolicy

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// packet is the first of a connection, as the hook of what is forwarded sees it.
type packet struct {
	from, to string
	protocol string
	port     int
	out, in  string // interfaces; the bridge where both ends are pods of this node
}

// verdict is what the table does to a packet. It understands what Render writes, and fails on anything else.
func (tb *Table) verdict(t *testing.T, p packet) string {
	t.Helper()
	var hooks []string
	for _, name := range names(tb.chains) {
		if tb.chains[name].priority != "" {
			hooks = append(hooks, name)
		}
	}
	slices.SortFunc(hooks, func(a, b string) int { return strings.Compare(tb.chains[a].priority, tb.chains[b].priority) })
	for _, name := range hooks {
		if v := tb.walk(t, name, p); v == "drop" || strings.HasPrefix(v, "reject") {
			return v
		}
	}
	return "accept"
}

// walk gives the verdict of a chain, or "" where it comes to its end.
func (tb *Table) walk(t *testing.T, name string, p packet) string {
	t.Helper()
	c, ok := tb.chains[name]
	if !ok {
		t.Fatalf("no chain %s", name)
	}
	for _, rule := range c.rules {
		what, arg := tb.evaluate(t, rule, p)
		switch what {
		case "":
		case "jump":
			if v := tb.walk(t, arg, p); v != "" {
				return v
			}
		case "goto":
			return tb.walk(t, arg, p)
		default:
			return strings.TrimSpace(what + " " + arg)
		}
	}
	return ""
}

// evaluate gives a rule's verdict if the packet matches.
func (tb *Table) evaluate(t *testing.T, rule string, p packet) (string, string) {
	t.Helper()
	w := strings.Fields(rule)
	for len(w) > 0 {
		switch w[0] {
		case "counter":
			w = w[1:]
			continue
		case "accept", "drop":
			return w[0], ""
		case "reject", "jump", "goto":
			return w[0], strings.Join(w[1:], " ")
		}
		// A key is one field of a packet, or several with dots between them.
		var key []string
		for {
			n := 2
			if w[0] == "iifname" || w[0] == "oifname" {
				n = 1
			}
			key = append(key, p.field(t, strings.Join(w[:n], " ")))
			if w = w[n:]; w[0] != "." {
				break
			}
			w = w[1:]
		}
		value := strings.Join(key, " . ")
		if w[0] == "vmap" {
			verdict, ok := tb.sets[w[1][1:]].elements[value]
			if !ok {
				return "", ""
			}
			what, arg, _ := strings.Cut(verdict, " ")
			return what, arg
		}
		negated := w[0] == "!="
		if negated {
			w = w[1:]
		}
		n := 1
		if w[0] == "{" {
			n = slices.Index(w, "}") + 1
		}
		if tb.contains(t, strings.Join(w[:n], " "), value) == negated {
			return "", ""
		}
		w = w[n:]
	}
	t.Fatalf("no verdict in %q", rule)
	return "", ""
}

func (p packet) field(t *testing.T, name string) string {
	switch name {
	case "ip saddr":
		return p.from
	case "ip daddr":
		return p.to
	case "meta l4proto":
		return p.protocol
	case "th dport":
		return strconv.Itoa(p.port)
	case "tcp dport", "udp dport", "sctp dport":
		if !strings.HasPrefix(name, p.protocol) {
			return "-1"
		}
		return strconv.Itoa(p.port)
	case "iifname":
		return fmt.Sprintf("%q", p.in)
	case "oifname":
		return fmt.Sprintf("%q", p.out)
	case "ct state":
		return "new"
	case "meta nfproto":
		return "ipv4"
	}
	t.Fatalf("unknown field %q", name)
	return ""
}

func (tb *Table) contains(t *testing.T, right, value string) bool {
	t.Helper()
	if name, ok := strings.CutPrefix(right, "@"); ok {
		s, known := tb.sets[name]
		if !known {
			t.Fatalf("no set %s", name)
		}
		_, has := s.elements[value]
		return has
	}
	for one := range strings.SplitSeq(strings.Trim(right, "{} "), ",") {
		one = strings.TrimSpace(one)
		from, to, isRange := strings.Cut(one, "-")
		if !isRange {
			to = from
		}
		cidr, err := netip.ParsePrefix(one)
		a, errA := netip.ParseAddr(value)
		low, errLow := netip.ParseAddr(from)
		high, errHigh := netip.ParseAddr(to)
		n, errN := strconv.Atoi(value)
		first, errFirst := strconv.Atoi(from)
		last, errLast := strconv.Atoi(to)
		switch {
		case one == value, err == nil && cidr.Contains(a):
			return true
		case errA == nil && errLow == nil && errHigh == nil && low.Compare(a) <= 0 && a.Compare(high) <= 0:
			return true
		case errN == nil && errFirst == nil && errLast == nil && first <= n && n <= last:
			return true
		}
	}
	return false
}
