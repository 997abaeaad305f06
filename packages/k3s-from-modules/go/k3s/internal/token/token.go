// Package token reads and writes K3s' tokens: K10<sha256 of the CA>::<user>:<password>, or a password alone. In place of
// user and password may stand a bootstrap token, <6 characters>.<16 characters>, that the cluster keeps in a Secret.
package token

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"

	bootstraputil "k8s.io/cluster-bootstrap/token/util"
)

// Token is what an agent proves itself with, and what it knows the server by.
type Token struct {
	CAHash   string // empty: the CA is not checked
	User     string
	Password string // or a whole bootstrap token
}

// Bootstrap says whether it may be a bootstrap token. A password of that form is one, too, until it was compared.
func (t Token) Bootstrap() bool { return bootstraputil.IsValidBootstrapToken(t.Password) }

// Parse reads either form.
func Parse(s string) (Token, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return Token{}, errors.New("the token is empty")
	}
	rest, secure := strings.CutPrefix(s, "K10")
	if !secure {
		return Token{Password: s}, nil
	}
	hash, credentials, ok := strings.Cut(rest, "::")
	if _, err := hex.DecodeString(hash); !ok || err != nil || len(hash) != 2*sha256.Size {
		return Token{}, errors.New("the token starts with K10 but is not K10<sha256>::<user>:<password>")
	}
	if bootstraputil.IsValidBootstrapToken(credentials) {
		return Token{CAHash: hash, Password: credentials}, nil
	}
	user, password, ok := strings.Cut(credentials, ":")
	if !ok || password == "" {
		return Token{}, errors.New("the token is not K10<sha256>::<user>:<password>: its user or password is missing")
	}
	return Token{CAHash: hash, User: user, Password: password}, nil
}

// Read reads the token that a file holds.
func Read(file string) (Token, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return Token{}, err
	}
	t, err := Parse(string(b))
	if err != nil {
		return t, fmt.Errorf("%s: %w", file, err)
	}
	return t, nil
}

// Format writes the secure form.
func Format(ca []byte, user, password string) string {
	return fmt.Sprintf("K10%s::%s:%s", Hash(ca), user, password)
}

// FormatBootstrap writes the secure form of a bootstrap token.
func FormatBootstrap(ca []byte, bootstrap string) string {
	return fmt.Sprintf("K10%s::%s", Hash(ca), bootstrap)
}

// Hash is the hash of a CA, as served at /cacerts, that a token carries.
func Hash(ca []byte) string { return fmt.Sprintf("%x", sha256.Sum256(ca)) }

// Generate makes a new password.
func Generate() string {
	b := make([]byte, 16)
	rand.Read(b) // never fails, it aborts the program instead
	return hex.EncodeToString(b)
}
