package main

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"syscall"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
)

// seen is what the client reads of a node.
type seen struct {
	// Faults say what is not as it should be; none: the guard is whole.
	Faults   []string   `json:"faults"`
	Rejected rejections `json:"rejected"`
	// LabGuard: the node has the guard of a lab's own node, too.
	LabGuard bool `json:"labGuard"`
}

type rejections struct {
	TCPReset        uint64 `json:"tcpReset"`
	HostUnreachable uint64 `json:"hostUnreachable"`
	Dropped         uint64 `json:"dropped"`
}

func see(cidrs []netip.Prefix) (seen, error) {
	s := seen{Faults: []string{}}
	lab, err := exists(labTableName)
	if err != nil {
		return s, err
	}
	s.LabGuard = lab
	stands, rejected, err := standing(cidrs)
	if err != nil {
		return s, err
	}
	s.Rejected = rejected
	if !stands {
		s.Faults = append(s.Faults, "the guard's rules are not whole")
	}
	return s, nil
}

// ensure puts the guard in place where it is not whole, in one transaction: no packet passes between the old and the
// new. A guard that stands is left as it is, and its counters go on. It says whether it had to.
func ensure(cidrs []netip.Prefix) (bool, error) {
	stands, _, err := standing(cidrs)
	if err != nil || stands {
		return false, err
	}
	c, err := nftables.New()
	if err != nil {
		return false, err
	}
	// Adding first lets the deletion succeed always.
	c.AddTable(table)
	c.DelTable(table)
	c.AddTable(table)
	for _, w := range wanted(cidrs) {
		w.Table = table
		c.AddChain(&w.Chain)
		for _, exprs := range w.rules {
			c.AddRule(&nftables.Rule{Table: table, Chain: &w.Chain, Exprs: exprs})
		}
	}
	return true, c.Flush()
}

func remove() error {
	c, err := nftables.New()
	if err != nil {
		return err
	}
	c.AddTable(table)
	c.DelTable(table)
	return c.Flush()
}

func exists(name string) (bool, error) {
	c, err := nftables.New()
	if err != nil {
		return false, err
	}
	tables, err := c.ListTablesOfFamily(nftables.TableFamilyINet)
	if err != nil {
		return false, err
	}
	for _, t := range tables {
		if t.Name == name {
			return true, nil
		}
	}
	return false, nil
}

// standing compares strictly: a table that somebody has put a rule into is no guard.
func standing(cidrs []netip.Prefix) (bool, rejections, error) {
	var rejected rejections
	there, err := exists(tableName)
	if err != nil || !there {
		return false, rejected, err
	}
	c, err := nftables.New()
	if err != nil {
		return false, rejected, err
	}
	chains, err := c.ListChainsOfTableFamily(nftables.TableFamilyINet)
	if err != nil {
		return false, rejected, err
	}
	found := map[string]string{}
	for _, ch := range chains {
		if ch.Table.Name != tableName {
			continue
		}
		rules, err := c.GetRules(ch.Table, ch)
		if errors.Is(err, syscall.ENOENT) {
			return false, rejected, nil // Flushed in the meantime.
		}
		if err != nil {
			return false, rejected, err
		}
		exprs := make([][]expr.Any, len(rules))
		for i, r := range rules {
			exprs[i] = r.Exprs
		}
		if ch.Name == servicesName {
			rejected = count(exprs)
		}
		found[ch.Name] = describe(ch, exprs)
	}
	all := wanted(cidrs)
	if len(found) != len(all) {
		return false, rejected, nil
	}
	for _, w := range all {
		if found[w.Name] != describe(&w.Chain, w.rules) {
			return false, rejected, nil
		}
	}
	return true, rejected, nil
}

// describe is the same for what is wanted and for what the kernel tells of it. Counters have gone on since.
func describe(ch *nftables.Chain, rules [][]expr.Any) string {
	var b strings.Builder
	if ch.Hooknum != nil {
		fmt.Fprintln(&b, *ch.Hooknum, *ch.Priority, ch.Type)
		if ch.Policy != nil && *ch.Policy != nftables.ChainPolicyAccept {
			fmt.Fprintln(&b, "policy", *ch.Policy)
		}
	}
	for _, exprs := range rules {
		for _, e := range exprs {
			if _, ok := e.(*expr.Counter); ok {
				e = &expr.Counter{}
			}
			fmt.Fprintf(&b, "%T %+v ", e, e)
		}
		fmt.Fprintln(&b)
	}
	return b.String()
}

func count(rules [][]expr.Any) rejections {
	packets := make([]uint64, len(services.rules))
	for i, exprs := range rules {
		for _, e := range exprs {
			if c, ok := e.(*expr.Counter); ok && i < len(packets) {
				packets[i] = c.Packets
			}
		}
	}
	return rejections{Dropped: packets[0], TCPReset: packets[1], HostUnreachable: packets[2]}
}
