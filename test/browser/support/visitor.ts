/** A person in front of the page: types, taps, switches who they are, and says what stands there. */
import { type Browser, errors, type Locator, type Page } from 'playwright-core';
import { overflowOf } from '../../../scripts/screenshots/camera.ts';

export interface Screen {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly isPhone: boolean;
}

export const DESKTOP: Screen = { name: 'a desktop of 1280 px', width: 1280, height: 860, isPhone: false };
export const PHONE: Screen = { name: 'a phone of 360 px', width: 360, height: 740, isPhone: true };

/** What an answer of the bot may take on a busy machine, ms. */
const SOON_MS = 20_000;

/** Ends the wait with what the page showed instead: a bare timeout tells nothing. */
async function patiently<T>(page: Page, what: string, wait: Promise<T>): Promise<T> {
  return wait.catch(async (error: unknown) => {
    if (!(error instanceof errors.TimeoutError)) throw error;
    // biome-ignore lint/performance/useDomNodeTextContent: as a person reads it, lines apart and what is hidden left out
    const shown = await page.locator('.app').innerText();
    throw new Error(`not seen: ${what}\nthe page shows:\n${shown.slice(-3000)}`, { cause: error });
  });
}

export class Visitor {
  readonly page: Page;
  readonly screen: Screen;
  /** Errors of the page's script and of its console, in order. */
  readonly faults: readonly string[];

  private constructor(page: Page, screen: Screen, faults: readonly string[]) {
    this.page = page;
    this.screen = screen;
    this.faults = faults;
  }

  /** Opens the page as Asha, on call. */
  static async come(browser: Browser, url: string, screen: Screen): Promise<Visitor> {
    const { width, height, isPhone } = screen;
    const page = await browser.newPage({ viewport: { width, height }, hasTouch: isPhone, isMobile: isPhone });
    page.setDefaultTimeout(SOON_MS);
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(`the page threw: ${error.message}`));
    page.on('console', (line) => {
      if (line.type() === 'error') faults.push(`console: ${line.text()} (${line.location().url})`);
    });
    await page.goto(url);
    const visitor = new Visitor(page, screen, faults);
    await visitor.#composer.waitFor();
    return visitor;
  }

  get #composer(): Locator {
    return this.page.locator('.channel textarea');
  }

  async becomes(name: string): Promise<void> {
    await this.page.getByRole('radio', { name: new RegExp(`^Become ${name}`) }).click();
    await this.page.getByRole('radio', { name: new RegExp(`^Become ${name}`), checked: true }).waitFor();
  }

  async types(text: string): Promise<void> {
    await this.#composer.fill(text);
    // The list of suggestions would take the Enter for itself.
    await this.#composer.press('Escape');
    await this.#composer.press('Enter');
  }

  /** The newest card of a service. */
  card(service: string): Locator {
    const heading = this.page.locator('.slot-header', { hasText: `${service} ·` });
    return this.page.locator('article.message:not(.ephemeral)', { has: heading }).last();
  }

  /** Waits until the newest card of the service shows the words; its text. */
  async cardShows(service: string, words: RegExp, withinMs = SOON_MS): Promise<string> {
    const shown = this.card(service).filter({ hasText: words });
    await patiently(
      this.page,
      `${words} on the card of ${service}`,
      shown.waitFor({ state: 'attached', timeout: withinMs }),
    );
    // biome-ignore lint/performance/useDomNodeTextContent: as a person reads it, lines apart and what is hidden left out
    return shown.innerText();
  }

  button(service: string, name: string): Locator {
    return this.card(service).getByRole('button', { name, exact: true });
  }

  /** The names of the card's buttons, as they stand. */
  async buttons(service: string): Promise<readonly string[]> {
    const all = this.card(service).locator('.slot-actions').getByRole('button');
    return (await all.allInnerTexts()).map((text) => text.trim());
  }

  /** Taps a button of the card; where it asks first, `yes` is the answer. */
  async taps(service: string, name: string, yes?: string): Promise<void> {
    await this.button(service, name).click();
    if (yes !== undefined) await this.dialog().getByRole('button', { name: yes, exact: true }).click();
  }

  dialog(title?: string): Locator {
    return this.page.getByRole('dialog', title === undefined ? {} : { name: title });
  }

  /** Chooses in a select by typing, as far as the list is right. */
  async chooses(form: Locator, label: string, typed: string, option: RegExp): Promise<void> {
    const field = form.getByRole('combobox', { name: label });
    await field.click();
    await field.fill(typed);
    await form.getByRole('option', { name: option }).click();
  }

  /** The words of the newest answer for this person alone, which is then put away. */
  async toldAlone(words: RegExp): Promise<string> {
    const answer = this.page.locator('.message.ephemeral').filter({ hasText: words }).last();
    await patiently(this.page, `${words} for me alone`, answer.waitFor());
    // biome-ignore lint/performance/useDomNodeTextContent: as a person reads it, lines apart and what is hidden left out
    const text = await answer.innerText();
    await answer.getByRole('button', { name: 'Dismiss message' }).click();
    return text;
  }

  /** The panel that breaks things: beside the chat on a desk, over it on a phone. */
  async breaks(service: string, version: string, fault: string): Promise<void> {
    const panel = this.page.getByRole('complementary', { name: 'World' });
    if (this.screen.isPhone) await this.page.locator('.world-button').click();
    await panel.getByRole('combobox', { name: 'Service', exact: true }).selectOption(service);
    await panel.getByRole('combobox', { name: 'Version', exact: true }).selectOption(version);
    const toggle = panel.getByRole('switch', { name: fault });
    await toggle.click();
    await panel.getByRole('switch', { name: fault, checked: true }).waitFor();
    await panel.getByRole('list', { name: 'Active faults' }).getByText(version).waitFor();
    const wide = await this.tooWide();
    if (wide.length > 0) throw new Error(`the panel is too wide: ${wide.join(', ')}`);
    if (this.screen.isPhone) await panel.getByRole('button', { name: 'Close world panel' }).click();
  }

  /** A fault of what is around the services, on or off. */
  async turns(fault: string, isOn: boolean): Promise<void> {
    const panel = this.page.getByRole('complementary', { name: 'World' });
    if (this.screen.isPhone) await this.page.locator('.world-button').click();
    await panel.getByRole('switch', { name: fault }).click();
    await panel.getByRole('switch', { name: fault, checked: isOn }).waitFor();
    if (this.screen.isPhone) await panel.getByRole('button', { name: 'Close world panel' }).click();
  }

  /** What is wider than the screen, or than the place that it has; an input's own text may be. */
  async tooWide(): Promise<readonly string[]> {
    const whole = (await this.page.evaluate('document.documentElement.scrollWidth')) as number;
    const parts = await overflowOf(this.page, '.app');
    return [
      ...(whole > this.screen.width ? [`the page is ${whole} px wide`] : []),
      ...parts.filter((what) => !/^(textarea|input)\b/.test(what)),
    ];
  }
}
