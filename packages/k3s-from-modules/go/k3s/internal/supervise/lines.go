package supervise

import (
	"bytes"
	"io"
)

// lineWriter puts a prefix before each line and writes whole lines only.
type lineWriter struct {
	prefix string
	out    io.Writer
	rest   []byte
}

func (w *lineWriter) Write(b []byte) (int, error) {
	w.rest = append(w.rest, b...)
	for {
		i := bytes.IndexByte(w.rest, '\n')
		if i < 0 {
			return len(b), nil
		}
		w.emit(w.rest[:i])
		w.rest = w.rest[i+1:]
	}
}

func (w *lineWriter) emit(line []byte) {
	w.out.Write(append(append([]byte(w.prefix), line...), '\n'))
}

func (w *lineWriter) flush() {
	if len(w.rest) > 0 {
		w.emit(w.rest)
		w.rest = nil
	}
}
