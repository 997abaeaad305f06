package hold

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/url"
	"os"
	"slices"
	"sync"

	"k3s-lab/k3s/internal/pki"
)

// Servers are those that this node may use, host:port each: the one that it was told of, and those that the cluster told of,
// which are kept from one start to the next.
type Servers struct {
	file string
	told string // the one that the configuration names

	mu      sync.Mutex
	known   []string
	current string
}

// kept is the file's form, which is K3s'.
type kept struct {
	ServerURL       string   `json:"ServerURL"`
	ServerAddresses []string `json:"ServerAddresses"`
}

// OpenServers reads what is known from former starts. Of another cluster's servers, which file is then about, nothing is.
func OpenServers(file, server string) (*Servers, error) {
	u, err := url.Parse(server)
	if err != nil {
		return nil, err
	}
	told := u.Host
	if u.Port() == "" {
		told = net.JoinHostPort(u.Hostname(), "443")
	}
	s := &Servers{file: file, told: told, current: told}
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, err
	}
	var k kept
	if err := json.Unmarshal(b, &k); err != nil {
		return nil, fmt.Errorf("%s: %w. Remove it: it is made anew", file, err)
	}
	if k.ServerURL == "https://"+told {
		s.known = k.ServerAddresses
	}
	return s, nil
}

// All lists them, the one first that is used.
func (s *Servers) All() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []string{s.current}
	for _, other := range append([]string{s.told}, s.known...) {
		if !slices.Contains(out, other) {
			out = append(out, other)
		}
	}
	return out
}

// Use makes one of them the first.
func (s *Servers) Use(server string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current != server {
		slog.Info("this node's parts use another server", "server", server, "before", s.current)
		s.current = server
	}
}

// Learn keeps what the cluster tells. The address of the configuration stays one of them: it may stand for all.
func (s *Servers) Learn(known []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	known = slices.Sorted(slices.Values(known))
	if len(known) == 0 || slices.Equal(known, s.known) {
		return nil
	}
	s.known = known
	b, err := json.MarshalIndent(kept{"https://" + s.told, known}, "", "  ")
	if err != nil {
		return err
	}
	return pki.WriteFile(s.file, b, 0o600)
}
