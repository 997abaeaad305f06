package netpolicy

import (
	"context"
	"encoding/binary"
	"fmt"
	"strings"
	"syscall"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// watchTable calls lost whenever a table of our name was deleted, as `nft flush ruleset` does, which is what restarting
// nftables.service runs. It also calls it when it may have missed that.
func watchTable(ctx context.Context, lost func()) error {
	s, err := nl.Subscribe(unix.NETLINK_NETFILTER, unix.NFNLGRP_NFTABLES)
	if err != nil {
		return fmt.Errorf("watching nftables: %w", err)
	}
	defer s.Close()
	defer context.AfterFunc(ctx, s.Close)()
	for {
		messages, _, err := s.Receive()
		switch {
		case ctx.Err() != nil:
			return nil
		case err == unix.ENOBUFS:
			lost()
			continue
		case err != nil:
			return fmt.Errorf("watching nftables: %w", err)
		}
		for _, m := range messages {
			if deletesTable(m) {
				lost()
			}
		}
	}
}

// deletesTable: the header of nfnetlink is 4 bytes, the attributes come after it.
func deletesTable(m syscall.NetlinkMessage) bool {
	if m.Header.Type != unix.NFNL_SUBSYS_NFTABLES<<8|unix.NFT_MSG_DELTABLE || len(m.Data) < 4 {
		return false
	}
	for rest := m.Data[4:]; len(rest) >= 4; {
		length, kind := int(binary.NativeEndian.Uint16(rest)), binary.NativeEndian.Uint16(rest[2:])
		if length < 4 || length > len(rest) {
			return false
		}
		if kind == unix.NFTA_TABLE_NAME {
			return strings.TrimRight(string(rest[4:length]), "\x00") == TableName
		}
		rest = rest[min(len(rest), (length+3)&^3):]
	}
	return false
}
