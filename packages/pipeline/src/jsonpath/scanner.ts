/** A path that cannot be read; the message says what is wrong and where. */
export class PathSyntaxError extends Error {
  override readonly name = "PathSyntaxError";
}

/** Reads a text from left to right. */
export class Scanner {
  readonly text: string;
  at: number;

  constructor(text: string, at: number) {
    this.text = text;
    this.at = at;
  }

  get done(): boolean {
    return this.at >= this.text.length;
  }

  peek(): string {
    return this.text.charAt(this.at);
  }

  /** Takes `token` if it comes next. */
  take(token: string): boolean {
    if (!this.text.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }

  /** Takes what the sticky expression matches here. */
  match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  blanks(): void {
    while (this.peek() === " ") this.at++;
  }

  expect(token: string): void {
    if (!this.take(token)) this.fail(`"${token}" expected`);
  }

  fail(what: string): never {
    const found = this.done ? "the end" : JSON.stringify(this.peek());
    throw new PathSyntaxError(`${JSON.stringify(this.text)}: ${what}, not ${found} (character ${this.at + 1})`);
  }

  /** A text in single or double quotes, with the escapes of JSON. */
  quoted(): string {
    const quote = this.peek();
    this.at++;
    let text = "";
    while (!this.take(quote)) {
      if (this.done) this.fail(`closing ${quote} expected`);
      text += this.take("\\") ? this.#escape() : this.text.charAt(this.at++);
    }
    return text;
  }

  #escape(): string {
    const unicode = this.match(/u[0-9a-fA-F]{4}/y);
    if (unicode !== undefined) return String.fromCharCode(Number.parseInt(unicode.slice(1), 16));
    const letter = this.text.charAt(this.at++);
    const meant = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" }[letter];
    if (meant !== undefined) return meant;
    if (!`"'\\/`.includes(letter) || letter === "") this.fail("an escape of JSON expected");
    return letter;
  }
}
