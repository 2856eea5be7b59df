// Property tests mean the lengths that they say: fast-check makes nothing longer than ten where `maxLength` is all it
// is told, and faults that take a long stream were never met.
import fc from "fast-check";

fc.configureGlobal({ ...fc.readConfigureGlobal(), defaultSizeToMaxWhenMaxSpecified: true });
