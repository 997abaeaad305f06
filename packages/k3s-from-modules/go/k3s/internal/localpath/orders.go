// Package localpath is K3s' StorageClass local-path: a volume is a folder of one node, below one directory that is the
// same on all nodes. The server's part answers claims. It has folders made and removed by orders in a ConfigMap, which
// nodes read and cannot write; a node answers on its own Node object. So no pod or image is needed for that, and no node
// can have another one remove anything.
package localpath

import (
	"encoding/json"
	"fmt"

	core "k8s.io/api/core/v1"
)

// ordersName is the ConfigMap in kube-system with a node's orders, by their ids, under the node's name.
const ordersName = "local-path-orders"

// answersAnnotation is on the Node object: by the order's id nothing, or what went wrong.
const answersAnnotation = "local-path.k3s-lab/answers"

const (
	makeFolder   = "make"
	removeFolder = "remove"
)

// order is what the server wants of a node.
type order struct {
	Do     string `json:"do"`
	Folder string `json:"folder"` // relative to Below
	Below  string `json:"below"`  // where the server believes the node to keep its volumes
}

func ordersFor(node string, m *core.ConfigMap) (map[string]order, error) {
	orders := map[string]order{}
	if err := decode(m.Data[node], &orders); err != nil {
		return nil, fmt.Errorf("ConfigMap %s: %s: %w", ordersName, node, err)
	}
	return orders, nil
}

func answersOf(n *core.Node) (map[string]string, error) {
	answers := map[string]string{}
	if err := decode(n.Annotations[answersAnnotation], &answers); err != nil {
		return nil, fmt.Errorf("node %s: annotation %s: %w", n.Name, answersAnnotation, err)
	}
	return answers, nil
}

func decode(value string, into any) error {
	if value == "" {
		return nil
	}
	return json.Unmarshal([]byte(value), into)
}
