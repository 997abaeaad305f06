package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"syscall"
	"time"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

const (
	// missed is how long what no event told of may last.
	missed = 30 * time.Second
	// pause follows each time that the guard was put in place: whoever fights it gets no whole processor.
	pause = 50 * time.Millisecond
)

// run keeps the guard in place until it is told to end, and leaves it then: a pod that is replaced opens no gap. A kernel
// that refuses is asked again; until it does not, the pod is not ready, and says why.
func run(ctx context.Context, cidrs []netip.Prefix) {
	tick := time.NewTicker(missed)
	defer tick.Stop()
	var changes <-chan struct{} // Nil where there is nothing to watch.
	said := ""
	for {
		var err error
		if changes == nil {
			changes, err = watch(ctx)
		}
		put := false
		if err == nil {
			put, err = ensure(cidrs)
		}
		if now := news(said, put, err); now != "" {
			fmt.Println(now)
			said = now
		}
		if put {
			time.Sleep(pause)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case _, open := <-changes:
			if !open {
				changes = nil
				time.Sleep(pause)
			}
		}
	}
}

// news is what a log wants to know; a refusal that goes on is told once.
func news(last string, put bool, err error) string {
	if err != nil {
		if said := explain(err).Error(); said != last {
			return said
		}
		return ""
	}
	if put {
		return "the guard is in place"
	}
	return ""
}

// watch tells of each change to the guard's table; several that come at once are one. Closed when it cannot go on.
func watch(ctx context.Context) (<-chan struct{}, error) {
	conn, err := netlink.Dial(unix.NETLINK_NETFILTER, &netlink.Config{Groups: 1 << (unix.NFNLGRP_NFTABLES - 1)})
	if err != nil {
		return nil, err
	}
	changes := make(chan struct{}, 1)
	context.AfterFunc(ctx, func() { conn.Close() })
	go func() {
		defer close(changes)
		for {
			messages, err := conn.Receive()
			// More came than could be kept: one of them may have been ours.
			overflow := errors.Is(err, syscall.ENOBUFS)
			if err != nil && !overflow {
				return
			}
			if !overflow && !concerns(messages, tableName) {
				continue
			}
			select {
			case changes <- struct{}{}:
			default:
			}
		}
	}()
	return changes, nil
}

// concerns says whether one of the messages is about a table. Of tables, chains and rules, the first attribute is the
// table's name.
func concerns(messages []netlink.Message, name string) bool {
	for _, m := range messages {
		kind := int(m.Header.Type) & 0xff
		if int(m.Header.Type)>>8 != unix.NFNL_SUBSYS_NFTABLES || kind > unix.NFT_MSG_DELRULE || len(m.Data) < nfgenmsg {
			continue
		}
		attributes, err := netlink.NewAttributeDecoder(m.Data[nfgenmsg:])
		if err != nil {
			continue
		}
		attributes.ByteOrder = binary.BigEndian
		for attributes.Next() {
			if attributes.Type() == unix.NFTA_TABLE_NAME && attributes.String() == name {
				return true
			}
		}
	}
	return false
}

// nfgenmsg is the length of the header of a message of netfilter's.
const nfgenmsg = 4
