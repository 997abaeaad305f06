package main

import (
	"net"
	"net/netip"

	"github.com/google/nftables"
	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// Another name than that of the guard on a lab's own nodes: neither takes the other's away.
const (
	tableName    = "k3s_lab_cluster_guard"
	labTableName = "k3s_lab_node_guard"
	servicesName = "services"
)

var table = &nftables.Table{Family: nftables.TableFamilyINet, Name: tableName}

// services rejects whatever comes as far as here. What conntrack calls invalid is never translated, not even if it
// belongs to a connection that lives: a reset would end that connection, so it is dropped
// (https://github.com/kubernetes/kubernetes/issues/74839).
var services = chain{
	Chain: nftables.Chain{Name: servicesName},
	rules: [][]expr.Any{
		append(isInvalid(), &expr.Counter{}, &expr.Verdict{Kind: expr.VerdictDrop}),
		append(isTCP(), &expr.Counter{}, &expr.Reject{Type: unix.NFT_REJECT_TCP_RST}),
		{&expr.Counter{}, &expr.Reject{Type: unix.NFT_REJECT_ICMPX_UNREACH, Code: unix.NFT_REJECT_ICMPX_HOST_UNREACH}},
	},
}

type chain struct {
	nftables.Chain
	rules [][]expr.Any
}

// wanted is the whole guard, in the order in which it is made.
//
// The hooks are behind dstnat (-100), where kube-proxy translates: what is still addressed to a service there has been
// translated by nobody. They are before filter (0), because kube-proxy's nftables mode drops there in silence what is to
// be rejected at once. What goes out by lo stays on the node: NodeLocal DNSCache and kube-proxy's IPVS mode give a node
// addresses of services, which it then serves itself.
func wanted(cidrs []netip.Prefix) []chain {
	forward := hook("forward", nftables.ChainHookForward)
	output := hook("output", nftables.ChainHookOutput)
	for _, cidr := range cidrs {
		goServices := &expr.Verdict{Kind: expr.VerdictGoto, Chain: servicesName}
		forward.rules = append(forward.rules, append(isTo(cidr), goServices))
		output.rules = append(output.rules, append(append(isTo(cidr), leavesNode()...), goServices))
	}
	return []chain{services, forward, output}
}

func hook(name string, at *nftables.ChainHook) chain {
	policy := nftables.ChainPolicyAccept
	return chain{Chain: nftables.Chain{
		Name: name, Type: nftables.ChainTypeFilter, Hooknum: at,
		Priority: nftables.ChainPriorityRef(*nftables.ChainPriorityFilter - 10), Policy: &policy,
	}}
}

func isTo(cidr netip.Prefix) []expr.Any {
	family, offset := byte(unix.NFPROTO_IPV4), uint32(16)
	if cidr.Addr().Is6() {
		family, offset = unix.NFPROTO_IPV6, 24
	}
	address := cidr.Addr().AsSlice()
	size := uint32(len(address))
	return []expr.Any{
		&expr.Meta{Key: expr.MetaKeyNFPROTO, Register: 1},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{family}},
		&expr.Payload{OperationType: expr.PayloadLoad, DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: offset, Len: size},
		&expr.Bitwise{SourceRegister: 1, DestRegister: 1, Len: size, Mask: net.CIDRMask(cidr.Bits(), int(size)*8), Xor: make([]byte, size)},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: address},
	}
}

// loIndex is lo's in every network.
const loIndex = 1

func leavesNode() []expr.Any {
	return []expr.Any{
		&expr.Meta{Key: expr.MetaKeyOIF, Register: 1},
		&expr.Cmp{Op: expr.CmpOpNeq, Register: 1, Data: binaryutil.NativeEndian.PutUint32(loIndex)},
	}
}

func isInvalid() []expr.Any {
	return []expr.Any{
		&expr.Ct{Key: expr.CtKeySTATE, Register: 1},
		&expr.Bitwise{SourceRegister: 1, DestRegister: 1, Len: 4, Mask: binaryutil.NativeEndian.PutUint32(expr.CtStateBitINVALID), Xor: make([]byte, 4)},
		&expr.Cmp{Op: expr.CmpOpNeq, Register: 1, Data: make([]byte, 4)},
	}
}

func isTCP() []expr.Any {
	return []expr.Any{
		&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: 1},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{unix.IPPROTO_TCP}},
	}
}
