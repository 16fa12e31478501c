module headgate.io/examples/shop

go 1.22

require headgate.io/sdk/go v0.1.0

replace headgate.io/sdk/go => ../../../sdk/go
