module k3s-lab/pack

go 1.25.0

require github.com/klauspost/compress v1.19.2
