// Command k3s carries a compressed directory at its end, unpacks it once into the data directory, and
// becomes the program in it. So one file is all a node needs, as with K3s.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

func main() {
	err := run()
	fmt.Fprintln(os.Stderr, "k3s:", err)
	os.Exit(1)
}

func run() error {
	self, err := os.Open("/proc/self/exe")
	if err != nil {
		return err
	}
	p, err := findPayload(self)
	if err != nil {
		return err
	}
	dir := filepath.Join(dataDir(os.Args[1:], os.Getenv, configFile), "data", p.Hash)
	if err := unpackOnce(p.Open(), dir); err != nil {
		return err
	}
	bin := filepath.Join(dir, "bin")
	if err := os.Setenv("PATH", bin+":"+os.Getenv("PATH")); err != nil {
		return err
	}
	// The name it was called by says which part is wanted: kubectl, ctr and crictl are links.
	args := append([]string{filepath.Base(os.Args[0])}, os.Args[1:]...)
	return syscall.Exec(filepath.Join(bin, "k3s"), args, os.Environ())
}
