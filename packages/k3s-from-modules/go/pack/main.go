// Command pack puts built programs together: pack k3s LAUNCHER DIR OUT, pack images ARCH DIR OUT NAME...,
// pack image ARCH REF PROGRAM OUT LINK... (one of any static program, as tests need). The same input gives the same bytes.
package main

import (
	"fmt"
	"os"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 4 && args[0] == "k3s":
		return writeCarrier(args[1], args[2], args[3])
	case len(args) > 4 && args[0] == "images":
		return writeImages(args[1], args[2], args[3], args[4:])
	case len(args) > 4 && args[0] == "image":
		return writeImage(args[1], args[2], args[3], args[4], args[5:])
	}
	return fmt.Errorf("want k3s LAUNCHER DIR OUT, images ARCH DIR OUT NAME..., or image ARCH REF PROGRAM OUT LINK...")
}
