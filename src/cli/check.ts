// One thing that doctor has looked at.

export interface Check {
  readonly name: string;
  readonly needed: boolean;
  readonly ok: boolean;
  readonly found: string;
  readonly advice?: string;
}
