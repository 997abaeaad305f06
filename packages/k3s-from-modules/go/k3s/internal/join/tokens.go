package join

import (
	"crypto/subtle"

	"k3s-lab/k3s/internal/pki"
	"k3s-lab/k3s/internal/token"
)

// Tokens are the files of the tokens that do not end: the server's, and the agents', which may be a link to it. They
// are read at each request, since a token may be rotated.
type Tokens struct{ Server, Agent string }

// ofServer says whether the password is the server token's, which is an administrator's.
func (f Tokens) ofServer(password string) (bool, error) {
	t, err := token.Read(f.Server)
	return err == nil && equal(password, t.Password), err
}

// any says whether the password is that of one of the tokens.
func (f Tokens) any(password string) (bool, error) {
	server, err := f.ofServer(password)
	if err != nil {
		return false, err
	}
	agent, err := token.Read(f.Agent)
	return server || err == nil && equal(password, agent.Password), err
}

// rotate gives the server's token another password, and the agents' with it where it is the same.
func (f Tokens) rotate(ca []byte, password string) error {
	return pki.WriteFile(f.Server, []byte(token.Format(ca, "server", password)+"\n"), 0o600)
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
