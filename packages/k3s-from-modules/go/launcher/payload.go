package main

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"os"
)

// A footer ends the file: the payload's sha256, its length (8 bytes, big endian), the magic.
const (
	magic      = "k3smods1"
	footerSize = 32 + 8 + len(magic)
)

type payload struct {
	Hash   string
	file   io.ReaderAt
	offset int64
	length int64
}

func (p payload) Open() io.Reader { return io.NewSectionReader(p.file, p.offset, p.length) }

func findPayload(f *os.File) (payload, error) {
	info, err := f.Stat()
	if err != nil {
		return payload{}, err
	}
	footer := make([]byte, footerSize)
	start := info.Size() - int64(footerSize)
	if _, err := f.ReadAt(footer, start); err != nil {
		return payload{}, err
	}
	length := int64(binary.BigEndian.Uint64(footer[32:40]))
	if string(footer[40:]) != magic || length <= 0 || length > start {
		return payload{}, errors.New("this file carries no programs: it is cut short or was never put together")
	}
	return payload{Hash: hex.EncodeToString(footer[:32]), file: f, offset: start - length, length: length}, nil
}
