/** Elements, made and changed: never from text that is taken for HTML. */

type Attributes = Readonly<Record<string, string | boolean>>

/** An element with attributes (`true` for one without a value, none for `false`) and children. */
export function h<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: readonly (Node | string)[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  setAttributes(element, attributes)
  element.append(...children)
  return element
}

export function setAttributes(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false) element.removeAttribute(name)
    else if (element.getAttribute(name) !== (value === true ? '' : value)) element.setAttribute(name, value === true ? '' : value)
  }
}

/** Touches the page only where the text is another. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text
}

export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const element = document.getElementById(id)
  if (element === null) throw new Error(`index.html has no #${id}`)
  return element as T
}

/** The options of a select, and the one that is chosen. */
export function setOptions(select: HTMLSelectElement, options: readonly (readonly [value: string, label: string])[], chosen: string): void {
  const isSame = select.options.length === options.length && options.every(([value, label], i) => select.options[i]?.value === value && select.options[i]?.text === label)
  if (!isSame) select.replaceChildren(...options.map(([value, label]) => h('option', { value }, label)))
  if (select.value !== chosen) select.value = chosen
}
