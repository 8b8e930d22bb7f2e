"""Short ordinary texts, written for this course, so that no model can have read them.

MEASURED is for measuring how surprised a model is, PRACTICE for training it a little. No subject of one is
a subject of the other.
"""

MEASURED = (
    "The post office in our village closes at noon on Wednesdays. My aunt forgets this every week. She "
    "walks down the hill with her parcels, finds the door locked, and walks back up again. Last Wednesday "
    "the postman saw her from his window, put on his coat, and opened the door for her although it was "
    "already a quarter past twelve.",
    "Rust is what iron becomes when it meets water and air. A nail in dry sand stays bright for years, "
    "and so does a nail in water from which the air has been boiled out. Salt makes rusting faster, which "
    "is why cars in towns by the sea need more care than others. Paint or oil keeps the air away from the "
    "metal.",
    "When the train stopped between two stations, nobody looked up at first. After ten minutes a man "
    "asked whether anyone knew the reason. A girl said that there were cows on the line. Everybody "
    "laughed, but when the train finally moved on, we saw five brown cows standing beside the track, and "
    "a farmer who waved to us.",
    "Before you paint a wall, move the furniture into the middle of the room and cover it with old "
    "sheets. Wash the wall and let it dry. Fill the holes, and sand them smooth on the next day. Begin "
    "with the corners and edges, using a small brush, and then do the large surfaces with a roller, from "
    "the window towards the door.",
    "The doctor told my grandfather to walk for half an hour every day. He did not like the idea, so he "
    "bought a dog. Now he walks for two hours, in rain and snow, and complains about it. The dog is small "
    "and white and afraid of bicycles. My grandfather says that it was the most expensive medicine he has "
    "ever taken.",
    "Most of the water on the earth is salt water, and most of the rest is ice. What flows in rivers and "
    "stands in lakes is a very small part of the whole. Plants take water from the ground and give it "
    "back to the air through their leaves. One large tree can give off several hundred litres on a warm "
    "summer day.",
    "We are pleased that you have chosen to stay in our house. Breakfast is served from seven to ten in "
    "the room with the green door. The key opens both the front door and your own. If you come home late, "
    "please turn off the light in the hall. On the day when you leave, we ask you to be out of your room "
    "by eleven o'clock.",
    "The team had lost four games in a row, and hardly anyone came to see the fifth. At half time it was "
    "still nothing to nothing. Then their youngest player, who had never scored before, ran past three "
    "others and kicked the ball into the corner of the goal. He looked so surprised that even the other "
    "side began to laugh.",
)

PRACTICE = (
    "My sister plays the cello in a small orchestra. They meet on Thursday evenings in the gym of a "
    "school, because there is no other room that is large enough. In winter it is so cold there that some "
    "of them play in gloves without fingers. Twice a year they give a concert, and all the parents come.",
    "An onion has no smell as long as it is whole. When a knife cuts through it, two substances meet that "
    "were kept apart before, and they form a gas. The gas rises to the eyes, and the eyes produce tears "
    "to wash it away. It helps to cool the onion first, or to use a very sharp knife.",
    "The bridge was built a hundred years ago by men who had never built one. They took stones from the "
    "river and carried them up on their backs. When it was finished, the oldest of them had to walk "
    "across it first, with a cow on a rope. Both arrived on the other side, and the music began to play.",
    "If you want to grow tomatoes on a balcony, choose a place that has sun for at least six hours a day. "
    "The pot should be as large as a bucket and have a hole in the bottom. Water the plant in the morning "
    "and keep the leaves dry. Once a week give it some fertiliser, and take away the small shoots.",
    "Thank you for your letter of the third of May. We are sorry to hear that the lamp arrived with a "
    "broken shade. A new one was sent to you this morning and should be with you by the end of the week. "
    "You do not need to send back the old one. Please write to us again if there is anything else.",
    "The moon always shows us the same side, because it turns around itself in the same time in which it "
    "goes around the earth. This is no accident. The earth pulls more strongly at the side that is "
    "nearer, and over a very long time this has slowed the moon down until one side stayed where it was.",
    "For his seventh birthday Paul wanted a horse. His parents explained that they lived on the fourth "
    "floor. He said that a small one would be enough. In the end he got a bicycle, which he painted "
    "brown, and for the whole summer he left it on the grass behind the house so that it could eat.",
    "Bread that is a few days old can still be used. Cut it into cubes and fry them in a pan with a "
    "little butter, and they are good in a salad. Or put slices of it into a dish, pour milk and eggs "
    "with sugar over them, and bake them until they are golden. Our grandmothers threw nothing away.",
    "The museum is open every day except Monday. Tickets are sold until an hour before closing. Bags and "
    "wet umbrellas have to be left at the entrance. You may take photographs, but without a flash, and "
    "not in the rooms on the upper floor. On the first Sunday of the month nobody has to pay.",
    "A boat that weighs many tons can float because it pushes water aside. The water pushes back, as "
    "strongly as the weight of the water that had to make room. A lump of steel sinks, since it takes up "
    "little space for its weight. Give the same steel the form of a bowl, and it takes up much more, and "
    "floats.",
    "On the last evening of the holiday they sat on the steps of the tent and counted shooting stars. "
    "Nobody wanted to be the first to go to sleep. At eleven the youngest had seen nine, although his "
    "eyes had been closed for some time. In the morning they folded the tent, and it was still wet from "
    "the night.",
    "To wrap a present that is round, put it in the middle of a large piece of paper and lift up all four "
    "corners. Turn them together once above the present and tie a ribbon around them. Pull the paper "
    "apart at the top so that it looks like a flower. It takes less time than it takes to read this.",
)
