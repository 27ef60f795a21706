___TERMS_OF_SERVICE___

By creating or modifying this file you agree to Google Tag Manager's Community
Template Gallery Developer Terms of Service available at
https://developers.google.com/tag-manager/gallery-tos (or such other URL as
Google may provide), as modified from time to time.


___INFO___

{
  "type": "TAG",
  "id": "cvt_temp_public_id",
  "version": 1,
  "securityGroups": [],
  "displayName": "Milepost",
  "categories": ["ANALYTICS", "CONVERSIONS"],
  "brand": {
    "id": "brand_dummy",
    "displayName": "Milepost"
  },
  "description": "Tracks micro and macro conversions under a consent gate. One tag starts the tracker, others send events to it, with the data layer\u0027s e-commerce object where there is one.",
  "containerContexts": ["WEB"]
}


___TEMPLATE_PARAMETERS___

[
  {
    "type": "RADIO",
    "name": "action",
    "displayName": "What this tag does",
    "radioItems": [
      { "value": "init", "displayValue": "Start the tracker" },
      { "value": "track", "displayValue": "Send an event" }
    ],
    "simpleValueType": true,
    "defaultValue": "init"
  },
  {
    "type": "GROUP",
    "name": "tracker",
    "displayName": "Tracker",
    "groupStyle": "NO_ZIPPY",
    "enablingConditions": [{ "paramName": "action", "paramValue": "init", "type": "EQUALS" }],
    "subParams": [
      {
        "type": "TEXT",
        "name": "site",
        "displayName": "Site",
        "help": "Names the data set: 1 to 64 letters, digits, dots, hyphens and underscores.",
        "simpleValueType": true,
        "valueHint": "shop",
        "valueValidators": [{ "type": "REGEX", "args": ["^[\\w.-]{1,64}$"] }]
      },
      {
        "type": "TEXT",
        "name": "collector",
        "displayName": "Address of the collector",
        "simpleValueType": true,
        "valueHint": "https://collect.example.com",
        "valueValidators": [{ "type": "REGEX", "args": ["^https://[^?# ]+$"] }]
      },
      {
        "type": "TEXT",
        "name": "script",
        "displayName": "Address of milepost.js",
        "help": "Left out: the collector\u0027s own. This template must be permitted to inject it: Permissions, Injects scripts.",
        "simpleValueType": true,
        "canBeEmptyString": true,
        "valueHint": "https://collect.example.com/milepost.js"
      },
      {
        "type": "SELECT",
        "name": "conversions",
        "displayName": "Conversions",
        "help": "Which events count as micro and macro conversions.",
        "simpleValueType": true,
        "defaultValue": "ecommerce",
        "selectItems": [
          { "value": "ecommerce", "displayValue": "E-commerce" },
          { "value": "saas", "displayValue": "SaaS" },
          { "value": "lead", "displayValue": "Lead generation" },
          { "value": "media", "displayValue": "Media" },
          { "value": "none", "displayValue": "None" }
        ]
      },
      {
        "type": "TEXT",
        "name": "currency",
        "displayName": "Currency of events that say none",
        "simpleValueType": true,
        "canBeEmptyString": true,
        "valueHint": "EUR",
        "valueValidators": [{ "type": "REGEX", "args": ["^([A-Z]{3})?$"] }]
      },
      {
        "type": "SIMPLE_TABLE",
        "name": "off",
        "displayName": "Not captured",
        "simpleTableColumns": [
          {
            "name": "capture",
            "displayName": "Capture",
            "type": "SELECT",
            "isUnique": true,
            "selectItems": [
              { "value": "pageViews", "displayValue": "Page views" },
              { "value": "scroll", "displayValue": "Scroll depth" },
              { "value": "media", "displayValue": "Video and audio" },
              { "value": "forms", "displayValue": "Forms" },
              { "value": "cart", "displayValue": "Cart" },
              { "value": "checkout", "displayValue": "Checkout" }
            ]
          }
        ]
      },
      {
        "type": "RADIO",
        "name": "consent",
        "displayName": "Consent",
        "simpleValueType": true,
        "defaultValue": "google",
        "radioItems": [
          { "value": "google", "displayValue": "Google consent mode: analytics_storage, ad_storage with ad_user_data and ad_personalization, functionality_storage. What nobody has set is not given." },
          { "value": "site", "displayValue": "The site calls milepost(\"setConsent\", …)" },
          { "value": "granted", "displayValue": "Not needed by law" }
        ]
      }
    ]
  },
  {
    "type": "GROUP",
    "name": "event",
    "displayName": "Event",
    "groupStyle": "NO_ZIPPY",
    "enablingConditions": [{ "paramName": "action", "paramValue": "track", "type": "EQUALS" }],
    "subParams": [
      {
        "type": "TEXT",
        "name": "eventName",
        "displayName": "Name",
        "help": "GA4\u0027s names: add_to_cart, purchase, sign_up. {{Event}} takes that of the data layer.",
        "simpleValueType": true,
        "valueHint": "{{Event}}",
        "valueValidators": [{ "type": "NON_EMPTY" }]
      },
      {
        "type": "CHECKBOX",
        "name": "ecommerce",
        "checkboxText": "Take parameters from the data layer\u0027s ecommerce object",
        "simpleValueType": true,
        "defaultValue": true
      },
      {
        "type": "SIMPLE_TABLE",
        "name": "params",
        "displayName": "Parameters, over those of the data layer",
        "simpleTableColumns": [
          { "name": "name", "displayName": "Name", "type": "TEXT", "isUnique": true },
          { "name": "value", "displayName": "Value", "type": "TEXT" }
        ]
      }
    ]
  }
]


___SANDBOXED_JS_FOR_WEB_TEMPLATE___

const addConsentListener = require('addConsentListener');
const callInWindow = require('callInWindow');
const copyFromDataLayer = require('copyFromDataLayer');
const copyFromWindow = require('copyFromWindow');
const createQueue = require('createQueue');
const getTimestampMillis = require('getTimestampMillis');
const injectScript = require('injectScript');
const isConsentGranted = require('isConsentGranted');
const logToConsole = require('logToConsole');
const Object = require('Object');
const queryPermission = require('queryPermission');
const setInWindow = require('setInWindow');

const PURPOSES = {
  analytics: ['analytics_storage'],
  marketing: ['ad_storage', 'ad_user_data', 'ad_personalization'],
  functional: ['functionality_storage']
};

// Until milepost.js is there, calls are kept with their times, as by the snippet on a page.
const ready = () => {
  if (copyFromWindow('milepost')) return;
  setInWindow('milepost', function() {
    callInWindow('milepost.q.push', [getTimestampMillis(), arguments]);
  });
  createQueue('milepost.q');
};

// A type that nobody has set counts as granted in this API, and is unknown to the tracker.
const isSet = (type) => {
  const state = copyFromWindow('google_tag_data.ics');
  const entry = state && state.entries && state.entries[type];
  return !!entry && (entry.default !== undefined || entry.update !== undefined);
};

const followConsent = () => {
  const heard = {};
  // A default that denies says only that nobody was asked yet; a change to denied is a refusal.
  const granted = (type) => heard[type] === undefined ? isSet(type) && isConsentGranted(type) : heard[type];
  const tell = () => {
    const choices = {};
    Object.keys(PURPOSES).forEach((purpose) => {
      const types = PURPOSES[purpose];
      const refused = types.some((type) => heard[type] === false);
      choices[purpose] = refused ? 'denied' : types.every(granted) ? 'granted' : 'unknown';
    });
    callInWindow('milepost', 'setConsent', choices);
  };
  tell();
  Object.keys(PURPOSES).forEach((purpose) => {
    PURPOSES[purpose].forEach((type) => {
      addConsentListener(type, (changed, isGranted) => {
        heard[changed] = isGranted;
        tell();
      });
    });
  });
};

const start = () => {
  const script = data.script || data.collector + '/milepost.js';
  if (!queryPermission('inject_script', script)) {
    logToConsole('Milepost: this template may not inject ' + script + '; add the address under Permissions, Injects scripts.');
    data.gtmOnFailure();
    return;
  }
  const options = { site: data.site, collector: data.collector };
  if (data.conversions && data.conversions !== 'none') options.conversions = data.conversions;
  if (data.currency) options.currency = data.currency;
  if (data.consent === 'granted') options.consent = { mode: 'granted' };
  if (data.off && data.off.length) {
    options.capture = {};
    data.off.forEach((row) => {
      options.capture[row.capture] = false;
    });
  }
  ready();
  callInWindow('milepost', 'init', options);
  if (data.consent === 'google') followConsent();
  injectScript(script, data.gtmOnSuccess, data.gtmOnFailure, script);
};

const track = () => {
  const params = {};
  const ecommerce = data.ecommerce && copyFromDataLayer('ecommerce', 1);
  if (ecommerce) {
    Object.keys(ecommerce).forEach((name) => {
      params[name] = ecommerce[name];
    });
  }
  (data.params || []).forEach((row) => {
    params[row.name] = row.value;
  });
  ready();
  callInWindow('milepost', 'track', data.eventName, params);
  data.gtmOnSuccess();
};

if (data.action === 'track') {
  track();
} else {
  start();
}


___WEB_PERMISSIONS___

[
  {
    "instance": {
      "key": { "publicId": "access_globals", "versionId": "1" },
      "param": [
        {
          "key": "keys",
          "value": {
            "type": 2,
            "listItem": [
              {
                "type": 3,
                "mapKey": [{ "type": 1, "string": "key" }, { "type": 1, "string": "read" }, { "type": 1, "string": "write" }, { "type": 1, "string": "execute" }],
                "mapValue": [{ "type": 1, "string": "milepost" }, { "type": 8, "boolean": true }, { "type": 8, "boolean": true }, { "type": 8, "boolean": true }]
              },
              {
                "type": 3,
                "mapKey": [{ "type": 1, "string": "key" }, { "type": 1, "string": "read" }, { "type": 1, "string": "write" }, { "type": 1, "string": "execute" }],
                "mapValue": [{ "type": 1, "string": "milepost.q" }, { "type": 8, "boolean": true }, { "type": 8, "boolean": true }, { "type": 8, "boolean": false }]
              },
              {
                "type": 3,
                "mapKey": [{ "type": 1, "string": "key" }, { "type": 1, "string": "read" }, { "type": 1, "string": "write" }, { "type": 1, "string": "execute" }],
                "mapValue": [{ "type": 1, "string": "milepost.q.push" }, { "type": 8, "boolean": false }, { "type": 8, "boolean": false }, { "type": 8, "boolean": true }]
              },
              {
                "type": 3,
                "mapKey": [{ "type": 1, "string": "key" }, { "type": 1, "string": "read" }, { "type": 1, "string": "write" }, { "type": 1, "string": "execute" }],
                "mapValue": [{ "type": 1, "string": "google_tag_data.ics" }, { "type": 8, "boolean": true }, { "type": 8, "boolean": false }, { "type": 8, "boolean": false }]
              }
            ]
          }
        }
      ]
    },
    "clientAnnotations": { "isEditedByUser": true },
    "isRequired": true
  },
  {
    "instance": {
      "key": { "publicId": "access_consent", "versionId": "1" },
      "param": [
        {
          "key": "consentTypes",
          "value": {
            "type": 2,
            "listItem": [
              {
                "type": 3,
                "mapKey": [{ "type": 1, "string": "consentType" }, { "type": 1, "string": "read" }, { "type": 1, "string": "write" }],
                "mapValue": [{ "type": 1, "string": "analytics_storage" }, { "type": 8, "boolean": true }, { "type": 8, "boolean": false }]
              },
              {
                "type": 3,
                "mapKey": [{ "type": 1, "string": "consentType" }, { "type": 1, "string": "read" }, { "type": 1, "string": "write" }],
                "mapValue": [{ "type": 1, "string": "ad_storage" }, { "type": 8, "boolean": true }, { "type": 8, "boolean": false }]
              },
              {
                "type": 3,
                "mapKey": [{ "type": 1, "string": "consentType" }, { "type": 1, "string": "read" }, { "type": 1, "string": "write" }],
                "mapValue": [{ "type": 1, "string": "ad_user_data" }, { "type": 8, "boolean": true }, { "type": 8, "boolean": false }]
              },
              {
                "type": 3,
                "mapKey": [{ "type": 1, "string": "consentType" }, { "type": 1, "string": "read" }, { "type": 1, "string": "write" }],
                "mapValue": [{ "type": 1, "string": "ad_personalization" }, { "type": 8, "boolean": true }, { "type": 8, "boolean": false }]
              },
              {
                "type": 3,
                "mapKey": [{ "type": 1, "string": "consentType" }, { "type": 1, "string": "read" }, { "type": 1, "string": "write" }],
                "mapValue": [{ "type": 1, "string": "functionality_storage" }, { "type": 8, "boolean": true }, { "type": 8, "boolean": false }]
              }
            ]
          }
        }
      ]
    },
    "clientAnnotations": { "isEditedByUser": true },
    "isRequired": true
  },
  {
    "instance": {
      "key": { "publicId": "inject_script", "versionId": "1" },
      "param": [
        {
          "key": "urls",
          "value": { "type": 2, "listItem": [{ "type": 1, "string": "https://collect.example.com/milepost.js" }] }
        }
      ]
    },
    "clientAnnotations": { "isEditedByUser": true },
    "isRequired": true
  },
  {
    "instance": {
      "key": { "publicId": "read_data_layer", "versionId": "1" },
      "param": [
        { "key": "allowedKeys", "value": { "type": 1, "string": "specific" } },
        { "key": "keyPatterns", "value": { "type": 2, "listItem": [{ "type": 1, "string": "ecommerce" }] } }
      ]
    },
    "clientAnnotations": { "isEditedByUser": true },
    "isRequired": true
  },
  {
    "instance": {
      "key": { "publicId": "logging", "versionId": "1" },
      "param": [{ "key": "environments", "value": { "type": 1, "string": "debug" } }]
    },
    "clientAnnotations": { "isEditedByUser": true },
    "isRequired": true
  }
]


___TESTS___

scenarios:
- name: The tracker starts once its script has been injected
  code: |-
    runCode(start);
    assertThat(injected).isEqualTo('https://collect.example.com/milepost.js');
    assertApi('gtmOnSuccess').wasCalled();
    assertApi('gtmOnFailure').wasNotCalled();
    assertThat(calls[0]).isEqualTo(['init', { site: 'shop', collector: 'https://collect.example.com', conversions: 'ecommerce' }]);
- name: A script that doesn't load is a failure
  code: |-
    mock('injectScript', (url, onSuccess, onFailure) => onFailure());
    runCode(start);
    assertApi('gtmOnSuccess').wasNotCalled();
    assertApi('gtmOnFailure').wasCalled();
- name: A script that the template may not inject is a failure, and is said
  code: |-
    start.script = 'https://elsewhere.example/milepost.js';
    mock('queryPermission', false);
    runCode(start);
    assertApi('injectScript').wasNotCalled();
    assertApi('logToConsole').wasCalled();
    assertApi('gtmOnFailure').wasCalled();
    assertThat(calls).isEqualTo([]);
- name: Options of the tag become options of the tracker
  code: |-
    start.conversions = 'none';
    start.currency = 'EUR';
    start.consent = 'granted';
    start.off = [{ capture: 'scroll' }, { capture: 'forms' }];
    runCode(start);
    assertThat(calls).isEqualTo([['init', { site: 'shop', collector: 'https://collect.example.com', currency: 'EUR', consent: { mode: 'granted' }, capture: { scroll: false, forms: false } }]]);
- name: Consent that nobody has set is unknown, though the API calls it granted
  code: |-
    mock('isConsentGranted', true);
    runCode(start);
    assertThat(calls[1]).isEqualTo(['setConsent', { analytics: 'unknown', marketing: 'unknown', functional: 'unknown' }]);
- name: A default that denies is unknown, one that grants is granted
  code: |-
    consentState = { entries: { analytics_storage: { default: true }, functionality_storage: { default: false } } };
    mock('isConsentGranted', (type) => type !== 'functionality_storage');
    runCode(start);
    assertThat(calls[1]).isEqualTo(['setConsent', { analytics: 'granted', marketing: 'unknown', functional: 'unknown' }]);
- name: A choice made later is passed on, and so is its withdrawal
  code: |-
    const listeners = {};
    mock('addConsentListener', (type, listener) => { listeners[type] = listener; });
    mock('isConsentGranted', false);
    runCode(start);
    listeners.analytics_storage('analytics_storage', true);
    assertThat(calls[2]).isEqualTo(['setConsent', { analytics: 'granted', marketing: 'unknown', functional: 'unknown' }]);
    listeners.ad_user_data('ad_user_data', false);
    assertThat(calls[3]).isEqualTo(['setConsent', { analytics: 'granted', marketing: 'denied', functional: 'unknown' }]);
    listeners.analytics_storage('analytics_storage', false);
    assertThat(calls[4]).isEqualTo(['setConsent', { analytics: 'denied', marketing: 'denied', functional: 'unknown' }]);
- name: Where the site tells its choice, the tag reads none
  code: |-
    start.consent = 'site';
    runCode(start);
    assertApi('isConsentGranted').wasNotCalled();
    assertApi('addConsentListener').wasNotCalled();
    assertThat(calls.length).isEqualTo(1);
- name: An event takes the data layer's e-commerce object, and the tag's parameters over it
  code: |-
    mock('copyFromDataLayer', { currency: 'EUR', value: 39.98, items: [{ item_id: 'sku-1', price: 19.99, quantity: 2 }] });
    runCode({ action: 'track', eventName: 'add_to_cart', ecommerce: true, params: [{ name: 'value', value: '40' }, { name: 'place', value: 'list' }] });
    assertApi('copyFromDataLayer').wasCalledWith('ecommerce', 1);
    assertThat(calls).isEqualTo([['track', 'add_to_cart', { currency: 'EUR', value: '40', items: [{ item_id: 'sku-1', price: 19.99, quantity: 2 }], place: 'list' }]]);
    assertApi('gtmOnSuccess').wasCalled();
- name: An event without e-commerce reads no data layer
  code: |-
    runCode({ action: 'track', eventName: 'sign_up', ecommerce: false });
    assertApi('copyFromDataLayer').wasNotCalled();
    assertThat(calls).isEqualTo([['track', 'sign_up', {}]]);
- name: An event before the tracker is kept with its time
  code: |-
    page.milepost = undefined;
    mock('getTimestampMillis', 1763752001000);
    runCode({ action: 'track', eventName: 'sign_up' });
    assertApi('setInWindow').wasCalled();
    assertApi('createQueue').wasCalledWith('milepost.q');
setup: |-
  const start = { action: 'init', site: 'shop', collector: 'https://collect.example.com', conversions: 'ecommerce', consent: 'google' };
  const page = { milepost: () => {} };
  const calls = [];
  let consentState;
  mock('copyFromWindow', (key) => key === 'milepost' ? page.milepost : consentState);
  mock('setInWindow', true);
  mock('createQueue', () => () => {});
  mock('callInWindow', (path, method, first, second) => {
    calls.push(second === undefined ? [method, first] : [method, first, second]);
  });
  let injected;
  mock('injectScript', (url, onSuccess) => {
    injected = url;
    onSuccess();
  });
  mock('addConsentListener', () => {});


___NOTES___

The address in "Injects scripts" is an example: write your collector's there.
Events may fire before the tracker has started; they are kept, with their times.
