module k3s-lab/pause

go 1.24.0
