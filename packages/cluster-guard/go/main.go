// Command cluster-guard keeps what nobody serves from leaving a node: it is the program of a DaemonSet's pods, in the
// node's own network.
//
//	run CIDR...    puts the guard in place, and back whenever somebody has taken it away; it stays when this ends
//	ready CIDR...  whether it stands, else why not
//	see CIDR...    the same, and what it has rejected, as JSON
//	remove         takes it away, and waits
//	clean          whether it is away
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := command(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "cluster-guard:", err)
		os.Exit(1)
	}
}

func command(ctx context.Context, args []string) error {
	verb, rest := "", []string(nil)
	if len(args) > 0 {
		verb, rest = args[0], args[1:]
	}
	switch verb {
	case "remove":
		return removeAndWait(ctx)
	case "clean":
		return inTime(ctx, clean)
	}
	cidrs, err := parse(rest)
	if err != nil {
		return err
	}
	switch verb {
	case "run":
		run(ctx, cidrs)
		return nil
	case "ready":
		return inTime(ctx, func() error { return ready(cidrs) })
	case "see":
		seen, err := see(cidrs)
		if err != nil {
			seen.Faults = append(seen.Faults, explain(err).Error())
		}
		return json.NewEncoder(os.Stdout).Encode(seen)
	}
	return fmt.Errorf("unknown command %q, expected run, ready, see, remove or clean", verb)
}

// patience is less than a probe's timeout.
const patience = 3 * time.Second

// inTime asks until the answer is yes: a probe may come before the program that it asks about, and the next one is far.
func inTime(ctx context.Context, ask func() error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		err := ask()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func ready(cidrs []netip.Prefix) error {
	seen, err := see(cidrs)
	if err != nil {
		return explain(err)
	}
	if len(seen.Faults) > 0 {
		return errors.New(strings.Join(seen.Faults, "; "))
	}
	return nil
}

func removeAndWait(ctx context.Context) error {
	if err := remove(); err != nil {
		return explain(err)
	}
	fmt.Println("the guard is removed")
	<-ctx.Done()
	return nil
}

func clean() error {
	there, err := exists(tableName)
	if err != nil {
		return explain(err)
	}
	if there {
		return fmt.Errorf("the table inet %s is still there", tableName)
	}
	return nil
}

func parse(texts []string) ([]netip.Prefix, error) {
	if len(texts) == 0 {
		return nil, errors.New("no CIDR given")
	}
	cidrs := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		cidr, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, err
		}
		if cidr.Bits() == 0 {
			return nil, fmt.Errorf("%s is everything, expected the service CIDR", text)
		}
		cidrs[i] = cidr.Masked()
	}
	return cidrs, nil
}

// explain says what a refusal of the kernel's means here.
func explain(err error) error {
	switch {
	case errors.Is(err, syscall.EPERM):
		return fmt.Errorf("may not change the node's firewall, NET_ADMIN is needed: %w", err)
	case errors.Is(err, syscall.ENOENT):
		return fmt.Errorf("this kernel's nf_tables lacks a part (nft_ct, nft_counter or nft_reject_inet): %w", err)
	case errors.Is(err, syscall.EINVAL), errors.Is(err, syscall.EOPNOTSUPP), errors.Is(err, syscall.EPROTONOSUPPORT), errors.Is(err, syscall.EAFNOSUPPORT):
		return fmt.Errorf("this kernel has no nf_tables, without which there is no guard here: %w", err)
	}
	return err
}
