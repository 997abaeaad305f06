// Package token reads and writes K3s' tokens: K10<sha256 of the CA>::<user>:<password>, or a password alone.
package token

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// Token is what an agent proves itself with, and what it knows the server by.
type Token struct {
	CAHash   string // empty: the CA is not checked
	User     string
	Password string
}

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
	user, password, ok := strings.Cut(credentials, ":")
	if !ok || password == "" {
		return Token{}, errors.New("the token is not K10<sha256>::<user>:<password>: its user or password is missing")
	}
	return Token{CAHash: hash, User: user, Password: password}, nil
}

// Format writes the secure form.
func Format(ca []byte, user, password string) string {
	return fmt.Sprintf("K10%s::%s:%s", Hash(ca), user, password)
}

// Hash is the hash of a CA, as served at /cacerts, that a token carries.
func Hash(ca []byte) string { return fmt.Sprintf("%x", sha256.Sum256(ca)) }

// Generate makes a new password.
func Generate() string {
	b := make([]byte, 16)
	rand.Read(b) // never fails, it aborts the program instead
	return hex.EncodeToString(b)
}
