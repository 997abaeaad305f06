package join

import (
	"encoding/json"
	"fmt"
	"os"

	"k3s-lab/k3s/internal/layout"
	"k3s-lab/k3s/internal/pki"
)

const variable = "K3S_JOIN"

type setup struct {
	Data     layout.Data       `json:"data"`
	Settings Settings          `json:"settings"`
	Critical map[string]string `json:"critical,omitempty"`
}

// Environment tells the API server's process what FromEnvironment needs there. The tokens stay in their files.
// critical is what servers that join must have, too; without it none may.
func Environment(data layout.Data, s Settings, critical map[string]string) (string, error) {
	b, err := json.Marshal(setup{data, s, critical})
	return variable + "=" + string(b), err
}

// FromEnvironment opens the authorities; without the variable there is no join server.
func FromEnvironment() (*Server, error) {
	value := os.Getenv(variable)
	if value == "" {
		return nil, nil
	}
	var s setup
	if err := json.Unmarshal([]byte(value), &s); err != nil {
		return nil, fmt.Errorf("%s: %w", variable, err)
	}
	out := &Server{Settings: s.Settings, Tokens: Tokens{s.Data.Token(), s.Data.AgentToken()}, Data: s.Data, Critical: s.Critical}
	var err error
	if out.ServerCA, err = pki.OpenAuthority(s.Data.TLS("server-ca"), "k3s-server-ca"); err != nil {
		return nil, err
	}
	out.ClientCA, err = pki.OpenAuthority(s.Data.TLS("client-ca"), "k3s-client-ca")
	return out, err
}
