// Every visible text of the page whose contrast against what lies behind it is below 4.5 (WCAG 2.2, 1.4.3).
() => {
  const parse = (written) => {
    const rgb = written.match(/^rgba?\(([^)]+)\)$/);
    const srgb = written.match(/^color\(srgb ([^)]+)\)$/);
    if (!rgb && !srgb) return null;
    const [red, green, blue, alpha = 1] = (rgb || srgb)[1].split(/[ ,/]+/).filter(Boolean).map(Number);
    const scale = rgb ? 255 : 1;
    return [red / scale, green / scale, blue / scale, alpha];
  };
  const over = (top, ground) => [0, 1, 2].map((i) => top[i] * top[3] + ground[i] * (1 - top[3]));
  const luminance = (colour) => {
    const [red, green, blue] = colour.map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ancestors = (element) => {
    const found = [];
    for (let one = element; one; one = one.parentElement) found.push(one);
    return found;
  };
  const groundOf = (element) => {
    const layers = [];
    for (const one of ancestors(element)) {
      const colour = parse(getComputedStyle(one).backgroundColor);
      if (colour && colour[3] > 0) layers.push(colour);
      if (colour && colour[3] === 1) break;
    }
    return layers.reverse().reduce((ground, layer) => over(layer, ground), [1, 1, 1]);
  };
  const poor = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const text = walker.currentNode.textContent.trim();
    if (!text || element.closest('script, style, noscript, [data-testid="stIconMaterial"], [aria-hidden="true"]')) continue;
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    if (element.getClientRects().length === 0) continue;
    const style = getComputedStyle(element);
    const colour = parse(element instanceof SVGElement ? style.fill : style.color);
    if (!colour) { poor.push([text, style.color]); continue; }
    const opacity = ancestors(element).reduce((product, one) => product * Number(getComputedStyle(one).opacity), 1);
    const ground = groundOf(element);
    const [light, dark] = [luminance(over([...colour.slice(0, 3), colour[3] * opacity], ground)), luminance(ground)]
      .sort((a, b) => b - a);
    const contrast = (light + 0.05) / (dark + 0.05);
    if (contrast < 4.5) poor.push([text, Math.round(contrast * 100) / 100]);
  }
  return poor;
}
