module headgate.io/sdk/go

go 1.22
