// Command oracle runs the API server's own library on custom resources: one JSON case a line in, one verdict a line out.
// Build it with `go build -o oracle .` and give its path to the tests in SCHEMA_ORACLE.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel/model"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	kubejson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/cel/common"
)

type testCase struct {
	Schema json.RawMessage `json:"schema"`
	Object json.RawMessage `json:"object"`
	Old    json.RawMessage `json:"old"`
}

type verdict struct {
	// Refused says why the schema itself cannot be used.
	Refused string `json:"refused"`
	// Object is what would be stored.
	Object  map[string]any `json:"object"`
	Unknown []string       `json:"unknown"`
	Errors  []string       `json:"errors"`
}

type compiled struct {
	structural *structural.Structural
	keywords   validation.SchemaValidator
	rules      *cel.Validator
}

func compile(raw []byte) (*compiled, error) {
	var external apiextensionsv1.JSONSchemaProps
	if err := json.Unmarshal(raw, &external); err != nil {
		return nil, err
	}
	var props apiextensions.JSONSchemaProps
	if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(&external, &props, nil); err != nil {
		return nil, err
	}
	schema, err := structural.NewStructural(&props)
	if err != nil {
		return nil, err
	}
	if errs := structural.ValidateStructural(field.NewPath("s"), schema); len(errs) > 0 {
		return nil, errs.ToAggregate()
	}
	keywords, _, err := validation.NewSchemaValidator(&props)
	if err != nil {
		return nil, err
	}
	return &compiled{schema, keywords, cel.NewValidator(schema, true, celconfig.PerCallLimit)}, nil
}

// admit prunes and fills in defaults, as on the way into storage.
func (c *compiled) admit(raw json.RawMessage) (map[string]any, []string, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil, nil
	}
	var object map[string]any
	if err := kubejson.Unmarshal(raw, &object); err != nil {
		return nil, nil, err
	}
	unknown := pruning.PruneWithOptions(object, c.structural, true, structural.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})
	defaulting.PruneNonNullableNullsWithoutDefaults(object, c.structural)
	defaulting.Default(object, c.structural)
	return object, unknown, nil
}

func blocks(errs field.ErrorList) bool {
	for _, err := range errs {
		switch err.Type {
		case field.ErrorTypeNotSupported, field.ErrorTypeRequired, field.ErrorTypeTooLong, field.ErrorTypeTooMany, field.ErrorTypeTypeInvalid:
			return true
		}
	}
	return false
}

func (c *compiled) validate(object, old map[string]any) field.ErrorList {
	var errs field.ErrorList
	var options []cel.Option
	// The interface must be nil, not hold a nil map, when there is no old object.
	var stored any
	if old == nil {
		errs = validation.ValidateCustomResource(nil, object, c.keywords)
	} else {
		stored = old
		correlated := common.NewCorrelatedObject(object, old, &model.Structural{Structural: c.structural})
		errs = validation.ValidateCustomResourceUpdate(nil, object, old, c.keywords, validation.WithRatcheting(correlated))
		options = append(options, cel.WithRatcheting(correlated))
	}
	if old == nil || len(listtype.ValidateListSetsAndMaps(nil, c.structural, old)) == 0 {
		errs = append(errs, listtype.ValidateListSetsAndMaps(nil, c.structural, object)...)
	}
	if c.rules == nil {
		return errs
	}
	if blocks(errs) {
		return append(errs, field.Invalid(nil, nil, "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation"))
	}
	broken, _ := c.rules.Validate(context.Background(), nil, c.structural, object, stored, celconfig.RuntimeCELCostBudget, options...)
	return append(errs, broken...)
}

func judge(known map[string]*compiled, line []byte) (verdict, error) {
	var c testCase
	if err := json.Unmarshal(line, &c); err != nil {
		return verdict{}, err
	}
	schema := known[string(c.Schema)]
	if schema == nil {
		var err error
		if schema, err = compile(c.Schema); err != nil {
			return verdict{Refused: err.Error()}, nil
		}
		known[string(c.Schema)] = schema
	}
	object, unknown, err := schema.admit(c.Object)
	if err != nil {
		return verdict{}, err
	}
	old, _, err := schema.admit(c.Old)
	if err != nil {
		return verdict{}, err
	}
	errs := []string{}
	for _, err := range schema.validate(object, old) {
		errs = append(errs, err.Error())
	}
	return verdict{Object: object, Unknown: append([]string{}, unknown...), Errors: errs}, nil
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<20), 1<<26)
	out := json.NewEncoder(os.Stdout)
	known := map[string]*compiled{}
	for lines.Scan() {
		result, err := judge(known, lines.Bytes())
		if err == nil {
			err = out.Encode(result)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "oracle:", err)
			os.Exit(1)
		}
	}
}
