package netpolicy

import (
	"maps"
	"slices"
	"strings"

	"sigs.k8s.io/knftables"
)

// TableName is what `nft list table inet` shows on a node.
const TableName = "k3s_lab_network_policy"

// Table is everything in the node's nftables table.
type Table struct {
	sets   map[string]*set
	chains map[string]chain
}

// set is a set, or a map of verdicts.
type set struct {
	kind     string
	verdicts bool
	comment  string
	elements map[string]string // key, as nft writes it -> verdict
}

func (s *set) add(key, verdict string) { s.elements[key] = verdict }

type chain struct {
	priority string // in the hook of what is forwarded; "" for a chain that others lead to
	rules    []string
}

// replace makes the table anew. It is one transaction, like each of these: no packet passes between the old and the new.
func (t *Table) replace(tx *knftables.Transaction) {
	remove(tx)
	comment := "Kubernetes' network policies, as of K3s' last change; written by K3s"
	tx.Add(&knftables.Table{Comment: &comment})
	t.update(tx, &Table{})
}

// remove takes the table away. Adding first lets the deletion succeed always.
func remove(tx *knftables.Transaction) {
	tx.Add(&knftables.Table{})
	tx.Delete(&knftables.Table{})
}

// update makes the table from an older one by what is different. What others refer to comes before them and goes after.
func (t *Table) update(tx *knftables.Transaction, old *Table) {
	for _, name := range names(t.sets) {
		if _, there := old.sets[name]; !there {
			t.sets[name].create(tx, name)
		}
	}
	for _, name := range names(t.chains) {
		if _, there := old.chains[name]; !there {
			t.chains[name].create(tx, name)
		}
	}
	for _, name := range names(t.sets) {
		t.sets[name].fill(tx, name, old.sets[name])
	}
	for _, name := range names(t.chains) {
		before, there := old.chains[name]
		if there && slices.Equal(before.rules, t.chains[name].rules) {
			continue
		}
		if there {
			tx.Flush(&knftables.Chain{Name: name})
		}
		for _, rule := range t.chains[name].rules {
			tx.Add(&knftables.Rule{Chain: name, Rule: rule})
		}
	}
	var gone []string
	for _, name := range names(old.chains) {
		if _, wanted := t.chains[name]; !wanted {
			gone = append(gone, name)
			tx.Flush(&knftables.Chain{Name: name})
		}
	}
	for _, name := range gone {
		tx.Delete(&knftables.Chain{Name: name})
	}
	for _, name := range names(old.sets) {
		if _, wanted := t.sets[name]; !wanted {
			tx.Delete(&knftables.Set{Name: name})
		}
	}
}

func (c chain) create(tx *knftables.Transaction, name string) {
	out := &knftables.Chain{Name: name}
	if c.priority != "" {
		out.Type, out.Hook = knftables.PtrTo(knftables.FilterType), knftables.PtrTo(knftables.ForwardHook)
		out.Priority = knftables.PtrTo(knftables.BaseChainPriority(c.priority))
	}
	tx.Add(out)
}

func (s *set) create(tx *knftables.Transaction, name string) {
	if s.verdicts {
		tx.Add(&knftables.Map{Name: name, Type: s.kind})
		return
	}
	out := &knftables.Set{Name: name, Type: s.kind}
	if s.comment != "" {
		out.Comment = knftables.PtrTo(s.comment[:min(len(s.comment), knftables.CommentLengthMax-1)])
	}
	tx.Add(out)
}

// fill makes the elements from those of an older set, which may be nil.
func (s *set) fill(tx *knftables.Transaction, name string, old *set) {
	var before map[string]string
	if old != nil {
		before = old.elements
	}
	for _, key := range names(before) {
		if verdict, wanted := s.elements[key]; !wanted || verdict != before[key] {
			tx.Delete(s.element(name, key, before[key]))
		}
	}
	for _, key := range names(s.elements) {
		if verdict, there := before[key]; !there || verdict != s.elements[key] {
			tx.Add(s.element(name, key, s.elements[key]))
		}
	}
}

func (s *set) element(name, key, verdict string) *knftables.Element {
	out := &knftables.Element{Key: strings.Split(key, " . ")}
	if s.verdicts {
		out.Map, out.Value = name, []string{verdict}
	} else {
		out.Set = name
	}
	return out
}

func names[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
