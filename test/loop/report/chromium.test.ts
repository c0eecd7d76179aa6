import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { judgeFigures } from '../../../bench/judge/judgeFigures.ts';
import { renderJudgeReport } from '../../../bench/judge/renderJudgeReport.ts';
import { compareRuns } from '../../../src/loop/report/compareRuns.ts';
import { renderComparison } from '../../../src/loop/report/renderComparison.ts';
import { writeRunReport } from '../../../src/loop/report/writeRunReport.ts';
import { judgedPairs } from '../../bench/judge/judgedPairs.ts';
import { launchChromium } from './launchChromium.ts';
import { smallRun } from './smallRun.ts';

const browser = await launchChromium();
const PAGES = ['whole/report.html', 'killed/report.html', 'compare.html', 'judges.html'] as const;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nashtune-test-'));
  const runs = [
    await smallRun(join(folder, 'whole')),
    await smallRun(join(folder, 'killed'), { killedAfter: 'samples' }),
  ];
  for (const run of runs) await writeRunReport(run, { timings: true });
  await writeFile(join(folder, 'compare.html'), renderComparison(await compareRuns(runs)));
  const verdicts = Array.from({ length: 40 }, (_, i) => (i + 1) / 41);
  const measured = {
    judge: 'length',
    consistency: null,
    ties: null,
    secondsPerPair: 0.01,
    cost: { seconds: 0.4 },
    errors: {},
  };
  const judges = [{ spec: 'length', ...measured, ...judgeFigures(judgedPairs(verdicts)) }];
  await writeFile(join(folder, 'judges.html'), renderJudgeReport(judges, 'a test'));
});
afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Opens a page and does `work` there; resolves to all that went wrong, and every request but that of the page itself. */
async function inPage(
  name: string,
  options: Parameters<Browser['newPage']>[0],
  work: (page: Page) => Promise<unknown>,
): Promise<string[]> {
  const page = await browser!.newPage(options);
  const faults: string[] = [];
  const url = pathToFileURL(join(folder, name)).href;
  page.on('console', (message) => faults.push(`console ${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (request.url() !== url && request.url() !== 'data:,') faults.push(`request: ${request.url()}`);
  });
  await page.goto(url);
  await work(page);
  await page.close();
  return faults;
}

describe.skipIf(browser === undefined)('in Chromium', () => {
  test.each(PAGES)('%s opens in light and dark without an error or a request', async (name) => {
    const grounds: string[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      const faults = await inPage(name, { colorScheme }, async (page) => {
        expect(await page.locator('figure svg').count()).toBeGreaterThan(0);
        grounds.push(await page.evaluate('getComputedStyle(document.body).backgroundColor'));
      });
      expect(faults).toEqual([]);
    }
    expect(grounds).toEqual(['rgb(246, 246, 243)', 'rgb(20, 20, 19)']);
  });

  test.each(PAGES)('%s fits a phone', async (name) => {
    await inPage(name, { viewport: { width: 390, height: 800 } }, async (page) => {
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    });
  });

  test('answers can be turned over, searched, and read round by round', async () => {
    const faults = await inPage('whole/report.html', {}, async (page) => {
      const answers = page.locator('#answers');
      const place = answers.locator('output');
      const after = answers.locator('.after p');
      expect(await place.textContent()).toBe('1 of 6');
      await page.getByRole('button', { name: 'Next' }).first().click();
      expect(await place.textContent()).toBe('2 of 6');
      expect(await answers.locator('.prompt p').textContent()).toContain('plant 1 alive?\n</script><script>alert(1)');

      const last = await after.textContent();
      await answers.locator('select').selectOption({ label: 'after round 1' });
      expect(await place.textContent()).toBe('2 of 6');
      expect(await answers.locator('.after h3').textContent()).toBe('After: round 1');
      expect(await after.textContent()).not.toBe(last);

      await answers.locator('input').fill('PLANT 4');
      expect(await place.textContent()).toBe('1 of 1');
      expect(await answers.locator('.prompt p').textContent()).toContain('plant 4');
      await answers.locator('input').fill('nothing has this');
      expect(await place.textContent()).toBe('none found');
      expect(await answers.locator('article').count()).toBe(0);
    });
    expect(faults).toEqual([]);
  });

  test('the keyboard turns over the browser that is in sight, and searches it', async () => {
    const faults = await inPage('whole/report.html', {}, async (page) => {
      await page.locator('#judged').scrollIntoViewIfNeeded();
      await page.evaluate('window.scrollTo(0, document.getElementById("judged").offsetTop)');
      const place = page.locator('#judged output');
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('ArrowLeft');
      expect(await place.textContent()).toBe('2 of 6');
      await page.keyboard.press('/');
      await page.keyboard.type('plant 5');
      expect(await place.textContent()).toBe('1 of 1');
      await page.keyboard.press('ArrowRight');
      expect(await page.locator('#answers output').textContent()).toBe('1 of 6');
    });
    expect(faults).toEqual([]);
  });

  test('judged answers stand by rank beside their matrix', async () => {
    await inPage('whole/report.html', {}, async (page) => {
      const judged = page.locator('#judged');
      expect(await judged.locator('li').count()).toBe(3);
      expect(await judged.locator('li.chosen h3').textContent()).toMatch(/^wins \d\d\.\d%, chosen$/);
      expect(await judged.locator('li').first().getAttribute('class')).toBe('chosen');
      const cells = await judged.locator('tbody td').allTextContents();
      expect(cells).toHaveLength(9);
      expect([cells[0], cells[4], cells[8]]).toEqual(['50', '50', '50']);
      expect(Number(cells[2])).toBeGreaterThan(50);
    });
  });
});
