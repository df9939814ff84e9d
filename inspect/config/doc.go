// Package config is what an office decides, read from config.yaml and checked: the campaign, its
// names, people and roles, waves, and the rules of review, scoring and publication.
//
// It serves the open folder and every use case. It reads text and gives values: it touches no disk,
// and is the only room that knows viper and YAML trees. Reading is strict (an unknown key is named
// with the nearest known one, every problem with its line), and an edit keeps the comments that
// people wrote. It must never decide what a rule means: that is for the room the rule speaks of.
package config
