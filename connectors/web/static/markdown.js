// Markdown as replies use it - bold, lists, links, code - as DOM nodes. Text never becomes HTML (U10).

const INLINE = /\*\*([^*\n]+)\*\*|\[([^\]\n]+)\]\(([^()\s]+)\)|`([^`\n]+)`/;
const ITEM = /^(\s*)(?:([-*])|(\d{1,3})[.)])\s+(.*)$/;

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

export function safeUrl(address) {
  try {
    const url = new URL(address, document.baseURI);
    return ["https:", "http:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

export function inline(text) {
  const parts = [];
  let rest = text;
  for (let match = INLINE.exec(rest); match; match = INLINE.exec(rest)) {
    if (match.index) parts.push(rest.slice(0, match.index));
    const [whole, bold, title, address, code] = match;
    if (bold !== undefined) parts.push(element("strong", {}, ...inline(bold)));
    else if (code !== undefined) parts.push(element("code", {}, code));
    else parts.push(link(title, address));
    rest = rest.slice(match.index + whole.length);
  }
  if (rest) parts.push(rest);
  return parts;
}

function link(title, address) {
  const url = safeUrl(address);
  const label = inline(title);
  if (!url) return element("span", {}, ...label);
  return element("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, ...label);
}

export function markdown(text) {
  const blocks = [];
  let paragraph = [];
  let lists = []; // open lists, outermost first: {list, indent}
  const endParagraph = () => {
    if (paragraph.length) blocks.push(element("p", {}, ...withBreaks(paragraph)));
    paragraph = [];
  };
  for (const line of text.replace(/\r/g, "").split("\n")) {
    const item = ITEM.exec(line);
    if (item) {
      endParagraph();
      addItem(lists, blocks, item);
    } else if (!line.trim()) {
      endParagraph();
    } else if (lists.length && /^\s+/.test(line) && !paragraph.length) {
      const last = lists.at(-1).list.lastElementChild;
      last.append(element("br"), ...inline(line.trim()));
    } else {
      lists = [];
      paragraph.push(line);
    }
  }
  endParagraph();
  return blocks;
}

function addItem(lists, blocks, [, space, bullet, number, text]) {
  const indent = space.length;
  while (lists.length > 1 && indent < lists.at(-1).indent) lists.pop();
  const kind = bullet ? "UL" : "OL";
  const open = lists.at(-1);
  if (!open || indent > open.indent + 1 || open.list.tagName !== kind) {
    const list = element(kind, { start: number && number !== "1" ? number : null });
    if (open && indent > open.indent + 1) open.list.lastElementChild.append(list);
    else {
      lists.length = 0;
      blocks.push(list);
    }
    lists.push({ list, indent });
  }
  lists.at(-1).list.append(element("li", {}, ...inline(text)));
}

function withBreaks(lines) {
  return lines.flatMap((line, index) => [...(index ? [element("br")] : []), ...inline(line)]);
}
