package bootstrap

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
)

// Key is where the store keeps the bundle. It has nothing of the token in it, so that no token can be tried faster than by
// opening the bundle.
const Key = "/bootstrap/k3s"

const (
	saltSize = 16
	rounds   = 100_000 // of PBKDF2: a token may be a word that somebody chose
)

// ErrOtherToken says that a bundle was locked by another token.
var ErrOtherToken = errors.New("bootstrap data already found and encrypted with different token") // K3s' words

// Seal locks a bundle by the password of the server's token.
func (b Bundle) Seal(password string) ([]byte, error) {
	plain, err := json.Marshal(b)
	if err != nil {
		return nil, err
	}
	salt := make([]byte, saltSize)
	rand.Read(salt) // never fails, it aborts the program instead
	lock, err := locked(password, salt)
	if err != nil {
		return nil, err
	}
	return append(salt, lock.Seal(nil, nil, plain, nil)...), nil
}

// Open unlocks what Seal has locked.
func Open(password string, sealed []byte) (Bundle, error) {
	if len(sealed) < saltSize {
		return nil, errors.New("the bootstrap data are cut off")
	}
	lock, err := locked(password, sealed[:saltSize])
	if err != nil {
		return nil, err
	}
	plain, err := lock.Open(nil, nil, sealed[saltSize:], nil)
	if err != nil {
		return nil, ErrOtherToken
	}
	var b Bundle
	return b, json.Unmarshal(plain, &b)
}

func locked(password string, salt []byte) (cipher.AEAD, error) {
	key, err := pbkdf2.Key(sha256.New, password, salt, rounds, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}
