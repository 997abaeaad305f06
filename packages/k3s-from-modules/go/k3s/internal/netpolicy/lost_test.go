package netpolicy

import (
	"encoding/binary"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// message is one of nftables': a header of 4 bytes, attributes that are padded to 4.
func message(kind uint16, name string) syscall.NetlinkMessage {
	attribute := func(kind uint16, content []byte) []byte {
		b := binary.NativeEndian.AppendUint16(nil, uint16(4+len(content)))
		b = append(binary.NativeEndian.AppendUint16(b, kind), content...)
		for len(b)%4 != 0 {
			b = append(b, 0)
		}
		return b
	}
	data := append([]byte{unix.NFPROTO_INET, 0, 0, 0}, attribute(unix.NFTA_TABLE_USE, []byte{0, 0, 0})...)
	data = append(data, attribute(unix.NFTA_TABLE_NAME, append([]byte(name), 0))...)
	return syscall.NetlinkMessage{Header: syscall.NlMsghdr{Type: unix.NFNL_SUBSYS_NFTABLES<<8 | kind}, Data: data}
}

func TestOnlyTheDeletionOfOurTableMatters(t *testing.T) {
	if !deletesTable(message(unix.NFT_MSG_DELTABLE, TableName)) {
		t.Error("not seen")
	}
	cut := message(unix.NFT_MSG_DELTABLE, TableName)
	cut.Data = cut.Data[:len(cut.Data)-8]
	for what, m := range map[string]syscall.NetlinkMessage{
		"another table": message(unix.NFT_MSG_DELTABLE, "filter"),
		"a new table":   message(unix.NFT_MSG_NEWTABLE, TableName),
		"cut off":       cut,
	} {
		if deletesTable(m) {
			t.Error(what)
		}
	}
}
