package netpolicy

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"

	"sigs.k8s.io/knftables"
)

// applier brings rules into the kernel, which keeps them whatever becomes of this process.
type applier struct {
	nft   knftables.Interface
	last  *Table // what is in the kernel; nil: not known
	empty bool   // nothing is, for certain
}

// Open finds the node's nft.
func Open() (knftables.Interface, error) {
	nft, err := knftables.New(knftables.InetFamily, TableName)
	if err == nil {
		return nft, nil
	}
	const otherwise = "or set disable-network-policy on the server"
	if errors.Is(err, exec.ErrNotFound) {
		return nil, errors.New("nft is missing on this node: network policies need it. Install the package nftables, " + otherwise)
	}
	if _, seen, old := strings.Cut(err.Error(), "must be v1.0.1 or later (got "); old { // no error of its own
		return nil, fmt.Errorf("network policies need nft newer than 1.0.0 on this node, seen %s. Bring a newer one, %s", strings.TrimSuffix(seen, ")"), otherwise)
	}
	return nil, fmt.Errorf("network policies need nftables to work on this node: %w. Make it work, %s", err, otherwise)
}

// Remove takes the table of an earlier start away. Where there is no nft there is none.
func Remove(ctx context.Context) error {
	nft, err := Open()
	if err != nil {
		return nil
	}
	return (&applier{nft: nft}).remove(ctx)
}

func (a *applier) apply(ctx context.Context, t *Table) error {
	tx := a.nft.NewTransaction()
	if a.last == nil {
		t.replace(tx)
	} else {
		t.update(tx, a.last)
	}
	if tx.NumOperations() == 0 {
		return nil
	}
	if err := a.run(ctx, tx); err != nil {
		return err
	}
	a.last = t
	return nil
}

func (a *applier) remove(ctx context.Context) error {
	if a.empty {
		return nil
	}
	tx := a.nft.NewTransaction()
	remove(tx)
	err := a.run(ctx, tx)
	a.empty = err == nil
	return err
}

// run: what the kernel has after a failure is not known, so that the next attempt replaces all of it.
func (a *applier) run(ctx context.Context, tx *knftables.Transaction) error {
	a.last, a.empty = nil, false
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if err := a.nft.Run(ctx, tx); err != nil {
		return fmt.Errorf("nft: %w", err)
	}
	return nil
}

// check forgets what is in the kernel if it is not there any more.
func (a *applier) check(ctx context.Context) error {
	chains, err := a.nft.List(ctx, "chains")
	if err != nil && !knftables.IsNotFound(err) {
		return fmt.Errorf("cannot look at the rules: %w", err)
	}
	if !slices.Contains(chains, ingress.String()) {
		a.last = nil
	}
	return nil
}
