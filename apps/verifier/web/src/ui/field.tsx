import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";

export interface FieldProps {
  readonly label: string;
  readonly help?: ComponentChildren;
  readonly error?: string | null;
}

interface Described {
  readonly id: string;
  readonly "aria-describedby": string | undefined;
  readonly "aria-invalid": true | undefined;
}

/** A labelled control, with what helps to fill it in and what was wrong with it. */
export function Field({
  label,
  help,
  error = null,
  children,
}: FieldProps & { readonly children: (described: Described) => ComponentChildren }): JSX.Element {
  const id = useId();
  const notes = [help === undefined ? null : `${id}-help`, error === null ? null : `${id}-error`];
  const described = notes.filter((each) => each !== null).join(" ");
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({
        id,
        "aria-describedby": described === "" ? undefined : described,
        "aria-invalid": error === null ? undefined : true,
      })}
      {help !== undefined && (
        <p class="help" id={`${id}-help`}>
          {help}
        </p>
      )}
      {error !== null && (
        <p class="wrong" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  );
}

type InputProps = FieldProps & {
  readonly value: string;
  readonly onValue: (value: string) => void;
} & Pick<
    JSX.IntrinsicElements["input"],
    | "type"
    | "required"
    | "autocomplete"
    | "min"
    | "max"
    | "step"
    | "placeholder"
    | "inputMode"
    | "spellcheck"
    | "maxLength"
    | "minLength"
  >;

export function TextField({ label, help, error, value, onValue, ...input }: InputProps): JSX.Element {
  return (
    <Field label={label} {...(help === undefined ? {} : { help })} error={error ?? null}>
      {(described) => (
        <input
          {...input}
          {...described}
          value={value}
          onInput={(event) => onValue(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

export function TextArea({
  label,
  help,
  error,
  value,
  onValue,
  rows = 3,
}: FieldProps & {
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly rows?: number;
}): JSX.Element {
  return (
    <Field label={label} {...(help === undefined ? {} : { help })} error={error ?? null}>
      {(described) => (
        <textarea
          {...described}
          rows={rows}
          value={value}
          onInput={(event) => onValue(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

export function Choice<Value extends string>({
  label,
  help,
  error,
  value,
  onValue,
  options,
}: FieldProps & {
  readonly value: Value;
  readonly onValue: (value: Value) => void;
  readonly options: readonly (readonly [value: Value, label: string])[];
}): JSX.Element {
  return (
    <Field label={label} {...(help === undefined ? {} : { help })} error={error ?? null}>
      {(described) => (
        <select
          {...described}
          value={value}
          onChange={(event) => {
            const chosen = options.find(([each]) => each === event.currentTarget.value);
            if (chosen !== undefined) onValue(chosen[0]);
          }}
        >
          {options.map(([each, text]) => (
            <option key={each} value={each}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

/** A choice of few, each with what it means. */
export function RadioGroup<Value extends string>({
  legend,
  value,
  onValue,
  options,
}: {
  readonly legend: string;
  readonly value: Value;
  readonly onValue: (value: Value) => void;
  readonly options: readonly { readonly value: Value; readonly label: string; readonly help: string }[];
}): JSX.Element {
  const name = useId();
  return (
    <fieldset class="choices">
      <legend>{legend}</legend>
      {options.map((option, index) => (
        <div class="choice" key={option.value}>
          <input
            type="radio"
            id={`${name}-${index}`}
            name={name}
            checked={option.value === value}
            aria-describedby={`${name}-${index}-help`}
            onChange={() => onValue(option.value)}
          />
          <div>
            <label for={`${name}-${index}`}>{option.label}</label>
            <p class="help" id={`${name}-${index}-help`}>
              {option.help}
            </p>
          </div>
        </div>
      ))}
    </fieldset>
  );
}

export function Tick({
  label,
  help,
  checked,
  onChecked,
}: FieldProps & { readonly checked: boolean; readonly onChecked: (checked: boolean) => void }): JSX.Element {
  const id = useId();
  return (
    <div class="choice">
      <input
        type="checkbox"
        id={id}
        checked={checked}
        aria-describedby={help === undefined ? undefined : `${id}-help`}
        onChange={(event) => onChecked(event.currentTarget.checked)}
      />
      <div>
        <label for={id}>{label}</label>
        {help !== undefined && (
          <p class="help" id={`${id}-help`}>
            {help}
          </p>
        )}
      </div>
    </div>
  );
}
