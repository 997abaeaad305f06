package netpolicy

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"strings"
)

// span is a range of IPv4 addresses or of ports, both ends included.
type span struct{ from, to uint32 }

var everyAddress = span{0, 1<<32 - 1}

func addressesOf(p netip.Prefix) span {
	first := p.Masked().Addr().As4()
	from := binary.BigEndian.Uint32(first[:])
	return span{from, from | uint32(1<<(32-p.Bits())-1)}
}

// merged sorts spans and joins those that overlap or touch: nft refuses a set whose intervals overlap.
func merged(spans []span) []span {
	sorted := slices.Clone(spans)
	slices.SortFunc(sorted, func(a, b span) int {
		if a.from < b.from {
			return -1
		}
		return 1
	})
	var out []span
	for _, s := range sorted {
		if n := len(out); n != 0 && uint64(s.from) <= uint64(out[n-1].to)+1 {
			out[n-1].to = max(out[n-1].to, s.to)
			continue
		}
		out = append(out, s)
	}
	return out
}

// without cuts holes out of one span.
func without(s span, holes []span) []span {
	var out []span
	next := uint64(s.from)
	for _, h := range merged(holes) {
		if h.to < s.from || h.from > s.to {
			continue
		}
		if uint64(h.from) > next {
			out = append(out, span{uint32(next), h.from - 1})
		}
		next = max(next, uint64(h.to)+1)
	}
	if next <= uint64(s.to) {
		out = append(out, span{uint32(next), s.to})
	}
	return out
}

// literal is spans as an nft expression on the right of a match.
func literal(spans []span, text func(uint32) string) string {
	var parts []string
	for _, s := range spans {
		part := text(s.from)
		if s.to != s.from {
			part += "-" + text(s.to)
		}
		parts = append(parts, part)
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return "{ " + strings.Join(parts, ", ") + " }"
}

func address(n uint32) string {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], n)
	return netip.AddrFrom4(b).String()
}
