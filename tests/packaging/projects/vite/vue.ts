import { milepost, useTracker } from "milepost/vue";
import { createApp, defineComponent, h } from "vue";
import { options } from "./options.js";

const App = defineComponent({
  setup() {
    const tracker = useTracker();
    return () => h("button", { id: "agree", onClick: () => tracker.setConsent({ analytics: "granted" }) }, "Agree");
  },
  mounted() {
    this.$milepost.track("sign_up", { method: "Vue" });
  },
});

createApp(App).use(milepost, options).mount("#app");
