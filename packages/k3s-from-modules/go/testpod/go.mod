module k3s-lab/testpod

go 1.25.0
