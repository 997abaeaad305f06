package main

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// tarCommand knows the two forms `kubectl cp` uses: cf - PATH, and -xmf - [-C DIR].
func tarCommand(args []string) error {
	switch strings.Join(args[:min(2, len(args))], " ") {
	case "cf -":
		return pack(args[len(args)-1])
	case "-xmf -":
		if len(args) == 4 {
			return unpack(args[3])
		}
		return unpack(".")
	}
	return fmt.Errorf("tar: unknown form %q", args)
}

func pack(path string) error {
	t := tar.NewWriter(os.Stdout)
	err := filepath.Walk(path, func(p string, info os.FileInfo, err error) error {
		if err != nil || !info.Mode().IsRegular() && !info.IsDir() {
			return err
		}
		h, err := tar.FileInfoHeader(info, "")
		if err != nil {
			return err
		}
		h.Name = strings.TrimPrefix(p, "/")
		if err := t.WriteHeader(h); err != nil || info.IsDir() {
			return err
		}
		b, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		_, err = t.Write(b)
		return err
	})
	return errors.Join(err, t.Close())
}

func unpack(dir string) error {
	for t := tar.NewReader(os.Stdin); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		to := filepath.Join(dir, h.Name)
		if h.Typeflag == tar.TypeDir {
			err = os.MkdirAll(to, 0o755)
		} else {
			err = write(to, t)
		}
		if err != nil {
			return err
		}
	}
}

func write(file string, content io.Reader) error {
	b, err := io.ReadAll(content)
	if err != nil {
		return err
	}
	return errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, b, 0o644))
}
